//! Every rule finds its credentials anywhere in a document, and no similar text.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn rule_of(text: &str) -> Option<&'static str> {
    find(text, "description", &Exceptions::default()).map(|leak| leak.rule)
}

/// A tail of this length that a random generator could have made.
fn tail(alphabet: Alphabet, length: usize) -> String {
    let letters = (b'0'..=b'z').filter(|byte| byte.is_ascii_alphanumeric() && alphabet.has(*byte));
    let letters: Vec<_> = letters.collect();
    (0..length).map(|at| char::from(letters[(at * 7 + 3) % letters.len()])).collect()
}

#[test]
fn every_prefix_is_found_in_a_sentence_and_in_longer_codes_not() {
    for rule in RULES {
        for prefix in rule.prefixes {
            let token = format!("{prefix}{}", tail(rule.alphabet, rule.length.0));
            for text in [
                token.clone(),
                format!("use {token}, please"),
                format!("KEY={token}\n"),
                format!("{{\"a\":\"{token}\"}}"),
                format!("x\\n{token}"),
            ] {
                assert_eq!(rule_of(&text), Some(rule.name), "{text}");
            }
            let short = format!("{prefix}{}", tail(rule.alphabet, rule.length.0 - 8));
            assert_eq!(rule_of(&format!("use {short}.")), None, "{short}");
            let placeholder = format!("{prefix}{}", "x".repeat(rule.length.0));
            assert_eq!(rule_of(&placeholder), None, "{placeholder}");
        }
    }
}

#[test]
fn what_has_no_prefix_is_found_by_its_shape() {
    let hexadecimal = tail(Alphabet::Hexadecimal, 40);
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo\n";
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
    let azure = format!("{}AZDO4a7B", tail(Alphabet::Alphanumeric, 76));
    for (text, rule) in [
        (pem.to_owned(), PRIVATE_KEY),
        (pem.replace('\n', "\\n"), PRIVATE_KEY),
        (pem.replace("RSA", "OPENSSH"), PRIVATE_KEY),
        (format!("Bearer {jwt}"), SIGNED_TOKEN),
        ("postgres://shop:Xk29sdf8q@db.example/shop".to_owned(), PASSWORD),
        (format!("pat {azure}"), AZURE_DEVOPS),
        ("devops: abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst".to_owned(), AZURE_DEVOPS),
        (format!("Authorization: token {hexadecimal}"), "hexadecimal-token"),
        (format!("gitea_token=\"{hexadecimal}\""), "hexadecimal-token"),
        (format!("AWS_SECRET_ACCESS_KEY={}", tail(Alphabet::Base64, 40)), "aws-key"),
        (format!("AccountKey={}==;", tail(Alphabet::Base64, 86)), "azure-key"),
    ] {
        assert_eq!(rule_of(&text), Some(rule), "{text}");
    }
}

#[test]
fn what_only_looks_alike_is_not_found() {
    for text in [
        "AKIAIOSFODNN7EXAMPLE",
        "set GITHUB_TOKEN to your ghp_… token, as in ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "glpat-your-token-goes-in-here-please",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC",
        "https://git.example/shop/commit/0123456789abcdef0123456789abcdef01234567",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "postgres://user:password1@localhost/db, or https://user:${TOKEN}@host/a",
        "https://user@host.example/a:b@c",
        "https://dev.azure.com/acme/Shop/_git/cart?version=GBmain",
        "eyJhbGciOiJub25lIn0 is how a JWT begins",
        "the sk_live_ prefix, hf_hub_download and npm_config_registry",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    ] {
        assert_eq!(rule_of(text), None, "{text}");
    }
}

#[test]
fn a_field_for_a_credential_holds_no_random_value() {
    let rule = |field: &str, text: &str| find(text, field, &Exceptions::default()).map(|l| l.rule);
    let random = "q7Hd82jsLw0PzX5vBn31";
    for field in ["token", "apiToken", "client-secret", "DB_PASSWORD", "api_key", "pat"] {
        assert_eq!(rule(field, random), Some(FIELD), "{field}");
    }
    for field in ["tokenUrl", "sonarqube.org/project-key", "name", "secretName", "compat", "keyId"]
    {
        assert_eq!(rule(field, random), None, "{field}");
    }
    for text in [
        "payments-db-credentials-prod-2",
        "vault/shop/prod/database-password",
        "0b5f3c1e-58d4-4a7e-9c1b-1f0d2f3a4b5c",
        "a sentence with 16 letters",
        "${SHOP_API_TOKEN_2}",
    ] {
        assert_eq!(rule("token", text), None, "{text}");
    }
}

#[test]
fn leaks_have_pointers_that_show_no_key() {
    let token = format!("ghp_{}", tail(Alphabet::Alphanumeric, 36));
    let value = json!({ "a/b": [{ "c": token }], "d": { token.clone(): token } });
    let found: Vec<_> = find_in(&value, &Exceptions::default()).into_iter().map(|f| f.0).collect();
    assert_eq!(found, ["/a~1b/0/c", "/d"]);
}

#[test]
fn exceptions_switch_off_rules_and_values() {
    let token = format!("ghp_{}", tail(Alphabet::Alphanumeric, 36));
    let off = Exceptions::of_rules(&["github-token".into()]).expect("a rule");
    assert_eq!(find(&token, "", &off), None);
    let allowed = Exceptions::default().with_values(&["ghp_*".into()]).expect("a glob");
    assert_eq!(find(&token, "", &allowed), None);
    let both = format!("{token} glpat-{}", tail(Alphabet::Word, 20));
    assert_eq!(find(&both, "", &allowed).map(|leak| leak.rule), Some("gitlab-token"));
    let wrong = Exceptions::of_rules(&["github".into()]).expect_err("no rule");
    assert_eq!(wrong.message, "there is no rule `github`");
    assert!(Exceptions::default().with_values(&["[".into()]).is_err());
}

proptest! {
    #[test]
    fn looking_never_panics(text in "\\PC{0,80}|(eyJ|://|AZDO|token|-----BEGIN |:|@|\\.|[a-z0-9é]){0,40}") {
        prop_assert!(find(&text, &text, &Exceptions::default()).is_none_or(|l| !l.rule.is_empty()));
    }

    #[test]
    fn prose_holds_no_credential(text in "([a-z]{1,12}[ ,.:/-]){0,20}") {
        prop_assert_eq!(rule_of(&text), None);
    }
}
