//! `credentials` of the settings beyond tokens: apps of GitHub, workload identities, and authorities that a server is
//! trusted by.

use std::sync::Arc;

use callboard_testing::{
    APP_KEY, App, FakeForge, JSON, Portal, Server, github, say, serve_with_tls,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;

use crate::program::{ProgramOutput, RunProgram, isolated};

/// A portal with these `forges` and `credentials`, without quotes around braces.
fn portal(forges: &str, credentials: &str) -> Portal {
    Portal::new().with(
        "callboard.yaml",
        format!("title: T\nforges:\n  {forges}\ncredentials:\n  {credentials}\n"),
    )
}

fn run(portal: &Portal, arguments: &[&str], variables: &[(&str, &str)]) -> ProgramOutput {
    let mut command = isolated(portal.path());
    command.args(arguments).envs(variables.iter().copied());
    ProgramOutput::of(&command.output().expect("the program starts"))
}

fn on(forge: &FakeForge, kind: &str) -> String {
    let (host, url) = (forge.host(), &forge.address);
    format!("{host}: {{type: {kind}, url: {url}, api: {url}/api}}")
}

#[test]
fn an_app_of_github_is_found_by_its_owner_and_says_what_it_may_do() {
    let forge = FakeForge::new(github);
    let permissions = json!({"administration": "write", "contents": "read"});
    forge.store().app = Some(App { owner: "acme".to_owned(), permissions, ..App::default() });
    let origin = format!("{}/acme", forge.address);
    let app = |rest: &str| format!("{origin}: {{app: {{id: 1234, private_key: KEY{rest}}}}}");
    let by_owner = portal(&on(&forge, "github"), &app(""));
    let escaped = APP_KEY.replace('\n', "\\n");
    for key in [APP_KEY, &escaped] {
        let ran = run(&by_owner, &["doctor"], &[("KEY", key)]);
        let expected = format!(
            "✓ {origin} (KEY): is an installation of the app, with the scopes administration: write, contents: read\n"
        );
        assert_eq!((ran.stdout, ran.code), (expected, 0), "{}", ran.stderr);
    }
    let by_id = portal(&on(&forge, "github"), &app(", installation: 77"));
    assert_eq!(run(&by_id, &["doctor"], &[("KEY", APP_KEY)]).code, 0);
    let wrong = portal(&on(&forge, "github"), &app(", installation: 78"));
    let ran = run(&wrong, &["doctor"], &[("KEY", APP_KEY)]);
    assert!(ran.stdout.contains("access_tokens: answered 404"), "{}", ran.stdout);
    let ran = run(&by_id, &["doctor"], &[("KEY", "no key")]);
    assert!(ran.stdout.contains("the private key of the app has no private key"), "{}", ran.stdout);
    let ran = run(&by_id, &["doctor"], &[]);
    assert!(ran.stdout.contains("the variable `KEY` is not set"), "{}", ran.stdout);
    assert_eq!(ran.code, 3);
}

#[test]
fn a_credential_is_made_in_one_way_that_its_server_has() {
    let gitlab = "git.acme.example: {type: gitlab}";
    for (credential, said) in [
        ("https://github.com/acme: {}", "is not one of three"),
        (
            "https://github.com/acme: {token: A, app: {id: 1, private_key: B}}",
            "is not one of three",
        ),
        ("https://github.com: {app: {id: 1, private_key: B}}", "which installation"),
        ("https://git.acme.example/a: {app: {id: 1, private_key: B}}", "is no GitHub"),
        ("https://github.com/acme: {user: U, ca: x.pem}", "and there is none"),
        (
            "https://dev.azure.com/a: {oidc: {tenant: t, client_id: c, token_url: 'http://a.example'}}",
            "cannot be a token endpoint",
        ),
        ("https://github.com: {token: A, ca: missing.pem}", "`missing.pem` does not exist"),
        ("https://github.com: {token: A, ca: callboard.yaml}", "has no certificate in PEM form"),
        (
            "https://github.com: {token: A, ca: ../outside.pem}",
            "`../outside.pem` is no path in the portal",
        ),
    ] {
        let ran = portal(gitlab, credential).run(&["doctor"]);
        assert_eq!(ran.code, 2, "{credential}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("callboard.yaml:5:"), "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{credential}: {}", ran.stderr);
    }
}

/// A server that is all in one: the CI system, which knows its job by the token `ci-job-secret`; the tenant, which
/// exchanges the job's token; and Azure DevOps, which takes the exchanged one.
fn tenant() -> Server {
    Server::new(|_, request, to| {
        let line = request.lines().next().unwrap_or_default();
        let has = |text: &str| request.contains(text);
        let answer = match () {
            () if line.starts_with("GET /id?v=2&audience=api%3A%2F%2FAzureADTokenExchange ")
                && has("authorization: Bearer ci-job-secret") =>
            {
                r#"{"value": "id-of-github"}"#
            }
            () if line.starts_with("POST /oidc?api-version=7.1&serviceConnectionId=sc-1 ")
                && has("authorization: Bearer ci-job-secret") =>
            {
                r#"{"oidcToken": "id-of-azure"}"#
            }
            () if line.starts_with("POST /token ") => {
                let known = ["id-of-github", "id-of-azure", "id-of-gitlab"];
                let is_known = known.iter().any(|id| has(&format!("client_assertion={id}")));
                let form = "grant_type=client_credentials&client_id=cl-1&scope=499b84ac-1321-427f-aa17-267ca6975798%2F.default\
                            &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
                match is_known && has(form) {
                    true => {
                        r#"{"access_token": "entra-token-1", "token_type": "Bearer", "expires_in": 3599}"#
                    }
                    false => {
                        return say(
                            to,
                            "400 Bad Request",
                            &[JSON],
                            request.lines().last().unwrap_or_default(),
                        );
                    }
                }
            }
            () if line.starts_with("GET /acme/_apis/connectionData ")
                && has("authorization: Bearer entra-token-1") =>
            {
                r#"{"authenticatedUser": {"providerDisplayName": "callboard"}}"#
            }
            () => return say(to, "401 Unauthorized", &[], ""),
        };
        say(to, "200 OK", &[JSON], answer);
    })
}

#[test]
fn the_identity_of_a_job_is_exchanged_for_a_token_of_azure_devops() {
    let server = tenant();
    let root = server.url.as_str().trim_end_matches('/');
    let forges = format!("{}: {{type: azure-devops, url: '{root}'}}", server.host());
    let with = |more: &str| {
        let oidc = format!("{{tenant: t, client_id: cl-1, token_url: '{root}/token'{more}}}");
        portal(&forges, &format!("{root}/acme: {{oidc: {oidc}}}"))
    };
    let at = |path: &str| format!("{root}{path}");
    let (id, oidc) = (at("/id?v=2"), at("/oidc"));
    let of_github = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &*id),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ci-job-secret"),
    ];
    let of_azure = [("SYSTEM_OIDCREQUESTURI", &*oidc), ("SYSTEM_ACCESSTOKEN", "ci-job-secret")];
    let of_gitlab = [("GITLAB_ID", "id-of-gitlab")];
    for (more, variables, name) in [
        ("", &of_github[..], "the identity cl-1"),
        (", service_connection: sc-1", &of_azure[..], "the identity cl-1"),
        (", id_token: GITLAB_ID", &of_gitlab[..], "GITLAB_ID"),
    ] {
        let ran = run(&with(more), &["doctor"], variables);
        let expected = format!("✓ {root}/acme ({name}): is `callboard`\n");
        assert_eq!((ran.stdout, ran.code), (expected, 0), "{}", ran.stderr);
    }
    for (more, variables, said) in [
        ("", &of_azure[..], "name the id of the service connection"),
        ("", &[][..], "the job has no token of its own: on GitHub it needs"),
        (", id_token: GITLAB_ID", &[][..], "the variable `GITLAB_ID` is not set"),
        (", id_token: GITLAB_ID", &[("GITLAB_ID", "id-of-others")][..], "answered 400"),
    ] {
        let ran = run(&with(more), &["doctor"], variables);
        assert_eq!(ran.code, 3, "{}", ran.stdout);
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        assert!(!ran.stdout.contains("id-of-others"), "{}", ran.stdout);
    }
}

/// An authority, as PEM, and the configuration of a server `localhost` that it has certified.
fn authority() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).expect("valid");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("valid");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    (authority.pem(), Arc::new(config.expect("a server")))
}

#[test]
fn a_server_is_trusted_by_its_own_authority_for_its_api_and_for_git() {
    let forge = FakeForge::new(github);
    let (pem, config) = authority();
    let url = serve_with_tls(config, forge.host());
    let root = url.as_str().trim_end_matches('/');
    let host = format!("localhost:{}", url.port().expect("a port"));
    forge.store().make_repository("acme/shop.git");
    let template = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: t}}\nspec:\n  type: service\n  \
         steps:\n    - {{action: fetch:plain, input: {{url: '{root}/acme/shop/tree/main'}}}}\n"
    );
    let forges = format!("{host}: {{type: github, url: '{root}', api: '{root}/api'}}");
    let with = |ca: &str| {
        portal(&forges, &format!("'{root}': {{token: T{ca}}}"))
            .with("certs/acme.pem", &*pem)
            .with("scaffolds/templates/t/template.yaml", &*template)
    };
    for ca in [", ca: certs/acme.pem", ", ca: '${ACME_CA}'"] {
        let portal = with(ca);
        let variables = [("T", "token-1234"), ("ACME_CA", &*pem)];
        let ran = run(&portal, &["doctor"], &variables);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        // The repository has no commit: git was asked, and has answered.
        let ran = run(&portal, &["scaffold", "lock"], &variables);
        let said = ran.stdout + &ran.stderr;
        assert!(!said.contains("certificate"), "{said}");
    }
    let asked = |text: &str| forge.store().requests.iter().filter(|r| r.contains(text)).count();
    assert_eq!((asked("/api/user"), asked("/acme/shop.git/info/refs") > 0), (2, true));
    for (portal, variables) in [
        (with(""), &[("T", "token-1234")][..]),
        (with(", ca: '${ACME_CA}'"), &[("T", "token-1234")]),
    ] {
        let ran = run(&portal, &["doctor"], variables);
        assert!(ran.stdout.contains("no secure connection"), "{}", ran.stdout);
        assert_eq!(ran.code, 3);
    }
}
