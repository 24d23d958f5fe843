//! The content security policy: from which hosts a page may load scripts, styles, images and data.
//!
//! Every page has it as a `meta` element, and `_headers` sends it as a header on hosts that read that file.

use crate::site::input::Settings;

/// The content security policy of every page, as a `meta` element can say it. The only other hosts that a page may ask
/// are the provider, when people can sign in, and the forge that has the records of runs, when pages follow them.
pub(crate) fn content_security_policy(settings: &Settings) -> String {
    let provider = settings.sign_in.as_ref().and_then(|sign_in| origin(&sign_in.issuer));
    let runs = settings
        .live_runs
        .as_deref()
        .and_then(origin)
        .filter(|runs| provider.as_ref() != Some(runs));
    let mut connect = String::new();
    provider.iter().chain(&runs).for_each(|origin| connect.extend([" ", origin]));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'{connect}; worker-src 'self'; base-uri 'none'; \
         form-action 'none'"
    )
}

/// Scheme, host and port. `None` when the address has none; no address puts anything else in the policy.
fn origin(address: &str) -> Option<String> {
    let origin = url::Url::parse(address).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::input::{Claim, PersonField, SignIn};

    fn settings(issuer: &str) -> Settings {
        let sign_in = SignIn {
            issuer: issuer.into(),
            client_id: "portal".into(),
            claim: Claim::Email,
            person: PersonField::Email,
            scopes: "openid email".into(),
        };
        Settings { sign_in: Some(sign_in), ..Settings::default() }
    }

    #[test]
    fn the_policy_allows_the_forge_that_has_the_runs() {
        let live = |sign_in: Option<&str>, url: &str| {
            let settings = Settings {
                live_runs: Some(url.to_owned()),
                ..sign_in.map_or_else(Settings::default, settings)
            };
            content_security_policy(&settings)
        };
        let policy = live(None, "https://raw.example:8443/acme/{id}.yaml;x");
        assert!(policy.contains("connect-src 'self' https://raw.example:8443; "), "{policy}");
        let policy = live(Some("https://id.example/"), "https://raw.example/{id}");
        assert!(policy.contains("connect-src 'self' https://id.example https://raw.example; "));
        let policy = live(Some("https://git.example/"), "https://git.example/{id}");
        assert!(policy.contains("connect-src 'self' https://git.example; "), "{policy}");
    }

    #[test]
    fn the_policy_allows_the_identity_provider_only() {
        assert!(content_security_policy(&Settings::default()).contains("connect-src 'self'; "));
        let policy_of = |issuer| content_security_policy(&settings(issuer));
        assert!(
            policy_of("https://id.example:8443/realms/a;b c")
                .contains("connect-src 'self' https://id.example:8443; ")
        );
        assert!(policy_of("data:x; script-src *").contains("connect-src 'self'; "));
    }
}
