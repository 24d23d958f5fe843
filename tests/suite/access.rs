//! `credentials` of the settings beyond tokens: apps of GitHub, workload identities, and authorities that a server is
//! trusted by.

use std::sync::Arc;

use callboard_testing::{
    APP_KEY, App, FakeForge, FakeMail, JSON, Portal, Server, argo_cd, gitea, github, gitlab,
    kubernetes, say, serve_with_tls,
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
            "✓ {origin} (KEY): is an installation of the app, with the permissions administration: write, contents: read\n"
        );
        assert_eq!((credential_lines(&ran.stdout), ran.code), (expected, 0), "{}", ran.stderr);
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

/// What the doctor says of credentials, which is the end of it.
fn credential_lines(printed: &str) -> String {
    let start = printed
        .match_indices("http")
        .map(|(at, _)| at)
        .find(|at| printed[..*at].ends_with("✓ ") || printed[..*at].ends_with("✗ "));
    let start = start.and_then(|at| printed[..at].rfind('\n')).map_or(0, |at| at + 1);
    printed[start..].to_owned()
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
        assert_eq!((credential_lines(&ran.stdout), ran.code), (expected, 0), "{}", ran.stderr);
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

/// A portal whose template has these steps on a server of this kind, in which `HOST` is its host.
fn with_template(forge: &FakeForge, kind: &str, steps: &str) -> Portal {
    let url = &forge.address;
    let (forges, servers) = match kind {
        "kubernetes" | "argo-cd" => (
            String::new(),
            format!("servers: {{production: {{type: {kind}, url: '{url}/api'}}}}\n"),
        ),
        _ => (format!("forges:\n  {}\n", on(forge, kind)), String::new()),
    };
    let template = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: service}}\nspec:\n  type: service\n  \
         parameters: {{properties: {{name: {{type: string, default: cart}}, more: {{type: boolean, default: false}}}}}}\n  steps:\n\
         \x20   - {{action: fetch:template, input: {{url: ./skeleton}}}}\n{}",
        steps.replace("HOST", forge.host())
    );
    Portal::new()
        .with(
            "callboard.yaml",
            format!("title: T\n{forges}{servers}credentials:\n  {url}: {{token: T}}\n"),
        )
        .with("scaffolds/templates/service/template.yaml", template)
        .with("scaffolds/templates/service/skeleton/README.md", "# A service\n")
        .with("scaffolds/templates/service/skeleton/.github/workflows/ci.yaml", "on: push\n")
}

/// What the doctor says below its first line, and its exit code.
fn advice(portal: &Portal) -> (String, i32) {
    let ran = run(portal, &["doctor"], &[("T", "token-1234")]);
    let lines = credential_lines(&ran.stdout);
    let (_, rest) = lines.split_once('\n').expect("a line");
    assert!(!ran.stderr.contains("has a plan"), "{}", ran.stderr);
    (rest.to_owned(), ran.code)
}

const ON_GITHUB: &str =
    "    - {action: publish:github, input: {repoUrl: 'HOST?owner=acme&repo=cart', protectDefaultBranch: false}}
    - if: ${{ parameters.more }}
      action: github:pages:enable
      input: {repoUrl: 'HOST?owner=acme&repo=cart'}
";

#[test]
fn the_doctor_compares_permissions_of_an_app_with_what_templates_need() {
    let forge = FakeForge::new(github);
    let portal = with_template(&forge, "github", ON_GITHUB);
    let permissions = json!({"administration": "write", "contents": "write"});
    forge.store().app = Some(App { owner: "acme".to_owned(), permissions, ..App::default() });
    let url = &forge.address;
    let settings = portal.read("callboard.yaml").replace(
        &format!("{url}: {{token: T}}"),
        &format!("{url}/acme: {{app: {{id: 1234, private_key: KEY}}}}"),
    );
    portal.write("callboard.yaml", settings);
    let ran = run(&portal, &["doctor"], &[("KEY", APP_KEY)]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    let said = [
        "    has what templates need: `Administration: write` (of a classic token: `repo`)",
        "    lacks `workflows: write`: the template `service`",
        "    lacks `pages: write`: the template `service`",
        "    an app's permissions are in its settings under Permissions & events",
    ];
    for line in said {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
    let ran = run(&portal, &["doctor", "--json"], &[("KEY", APP_KEY)]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = &report["credentials"];
    let rights = found[0]["permissions"].as_array().expect("a list");
    let missing: Vec<_> = rights.iter().filter(|right| right["state"] == "missing").collect();
    assert_eq!(missing.len(), 2, "{found}");
    assert_eq!(missing[0]["templates"], json!(["service"]));
    assert!(forge.store().writes.is_empty());
}

#[test]
fn the_doctor_compares_scopes_of_tokens_with_what_templates_need() {
    let forge = FakeForge::new(github);
    let portal = with_template(&forge, "github", ON_GITHUB);
    for (scopes, said, code) in [
        (Some("repo, workflow"), "has what templates need: ", 0),
        (Some("repo"), "lacks `workflow`: the template `service`", 3),
        (Some("public_repo"), "lacks `repo`: the template `service`", 3),
        (None, "the server does not say whether it has: `Administration: write`", 0),
    ] {
        forge.store().scopes = scopes.map(str::to_owned);
        let (advice, exit) = advice(&portal);
        assert_eq!(exit, code, "{advice}");
        assert!(advice.contains(said), "{scopes:?}: {advice}");
    }

    let forge = FakeForge::new(gitlab);
    let steps = "    - {action: publish:gitlab, input: {repoUrl: 'HOST?owner=acme&repo=cart'}}\n";
    let portal = with_template(&forge, "gitlab", steps);
    let (unknown, code) = advice(&portal);
    assert!(unknown.contains("does not say whether it has: `api`, and the role"), "{unknown}");
    assert_eq!(code, 0);
    for (scopes, said, code) in [
        (json!(["api"]), "has what templates need: `api`, and the role", 0),
        (json!(["read_api", "write_repository"]), "lacks `api`: the template `service`", 3),
    ] {
        let token = json!({"scopes": scopes, "active": true, "expires_at": "2026-12-31"});
        forge.store().things.insert("/personal_access_tokens/self".to_owned(), token);
        let first = run(&portal, &["doctor"], &[("T", "token-1234")]).stdout;
        assert!(first.contains("is `callboard-bot`, until 2026-12-31, with the scopes"), "{first}");
        let (advice, exit) = advice(&portal);
        assert!(advice.contains(said), "{advice}");
        assert_eq!(exit, code, "{advice}");
    }

    let forge = FakeForge::new(gitea);
    let steps = "    - {action: publish:gitea, input: {repoUrl: 'HOST?owner=acme&repo=cart'}}\n";
    let portal = with_template(&forge, "gitea", steps);
    let (unknown, code) = advice(&portal);
    assert!(unknown.contains("does not say whether it has: `write:organization`"), "{unknown}");
    assert_eq!(code, 0);
    forge.store().denied.insert("read organization".to_owned());
    let (advice, code) = advice(&portal);
    assert!(advice.contains("lacks `write:organization`: the template `service`"), "{advice}");
    assert_eq!(code, 3);
    assert!(forge.store().writes.is_empty());
}

#[test]
fn the_doctor_asks_clusters_and_argo_cd_for_each_right() {
    let forge = FakeForge::new(kubernetes);
    forge.store().things.insert("/version".to_owned(), json!({"gitVersion": "v1.33.1"}));
    let manifest = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: cart}, spec: {}}";
    let steps = format!(
        "    - {{action: kubernetes:apply, input: {{cluster: production, namespace: shop, manifest: {manifest}}}}}\n"
    );
    let portal = with_template(&forge, "kubernetes", &steps);
    let (granted, code) = advice(&portal);
    assert_eq!(
        (&*granted, code),
        ("    has what templates need: `create` and `patch` of this kind\n", 0)
    );
    forge.store().denied.insert("create deployments".to_owned());
    let (lacking, code) = advice(&portal);
    let expected =
        "    lacks `create` of `deployments` in namespace `shop`: the template `service`\n";
    assert!(lacking.contains(expected), "{lacking}");
    assert_eq!((code, forge.store().things.len()), (3, 1));

    let forge = FakeForge::new(argo_cd);
    forge.store().things.insert("/api/v1/session/userinfo".to_owned(), json!({"username": "ci"}));
    let steps = "    - {action: argocd:create-resources, input: {appName: cart, argoInstance: production, namespace: shop, \
                 repoUrl: 'https://git.example/acme/deploy', path: apps/cart, projectName: shop}}\n";
    let portal = with_template(&forge, "argo-cd", steps);
    assert_eq!(advice(&portal).1, 0);
    forge.store().denied.insert("create projects".to_owned());
    let (lacking, code) = advice(&portal);
    assert!(lacking.contains("lacks `projects, create`: the template `service`"), "{lacking}");
    assert_eq!(code, 3);
    assert!(forge.store().writes.is_empty());
}

#[test]
fn the_doctor_signs_in_to_the_mail_server() {
    let settings = |server: &FakeMail| {
        format!(
            "title: T\nauthor: {{name: C, email: c@x.example}}\nscaffold:\n  notifications:\n    mail: {{server: '{}', \
             from: 'Portal <p@x.example>', user: portal, password: SMTP}}\n",
            server.address
        )
    };
    let server = FakeMail::new();
    let portal = Portal::new().with("callboard.yaml", settings(&server));
    let ran = run(&portal, &["doctor"], &[("SMTP", "word-1234")]);
    assert!(ran.stdout.contains("lets `portal` in"), "{}", ran.stdout);
    assert!(server.mails().is_empty());
    let ran = run(&portal, &["doctor"], &[]);
    assert!(
        ran.stdout.contains("the variable `SMTP` of `scaffold.notifications` is not set"),
        "{}",
        ran.stdout
    );
    let portal = Portal::new().with("callboard.yaml", settings(&FakeMail::refusing("AUTH")));
    let ran = run(&portal, &["doctor"], &[("SMTP", "word-1234")]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("does not let `portal` in"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("word-1234"), "{}", ran.stdout);
}

#[test]
fn settings_of_a_mail_server_that_cannot_be_are_named() {
    let portal = Portal::new().with(
        "callboard.yaml",
        "title: T\nauthor: {name: C, email: c@x.example}\nscaffold:\n  notifications:\n    mail:\n      server: mail.x.example\n\
         \x20     from: Portal\n      user: portal\n",
    );
    let ran = run(&portal, &["check"], &[]);
    for expected in [
        "callboard.yaml:6:15: `mail.x.example` cannot be a mail server",
        "callboard.yaml:7:13: `Portal` is not an address of mail",
        "an account has both `user` and `password`",
    ] {
        assert!(
            ran.stderr.contains(expected) || ran.stdout.contains(expected),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
    }
}
