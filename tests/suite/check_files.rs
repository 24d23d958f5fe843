//! `callboard check FILE…`: files of a service's own repository, checked against the catalog of a site, a portal or
//! nothing.

use std::{io::Write, process::Stdio};

use callboard_testing::{JSON, Portal, Server, answer, component, group, say};

use crate::program::{ProgramOutput, RunProgram, isolated};

/// A portal whose source has read two repositories, with its site.
fn company() -> Portal {
    let origins = "https://git.test/acme/cart.git:\n  catalog-info.yaml: [component:default/cart]\n\
                   https://git.test/acme/pay.git:\n  catalog-info.yaml: [component:default/pay]\n";
    let repositories = "kind: git\nrepositories:\n  - url: https://git.test/acme/cart.git\n  - url: https://git.test/acme/pay.git\n";
    let portal = Portal::new()
        .with("callboard.yaml", "title: Acme\nsources: [services]\n")
        .with("catalog-data/sources/services.yaml", repositories)
        .with("catalog-data/origins/services/files.yaml", origins)
        .with("catalog-data/manual/team.yaml", group("team-a", ""));
    for name in ["cart", "pay"] {
        let file = format!("catalog-data/entities/services/component/default/{name}.yaml");
        portal.write(&file, component(name, "team-a", ""));
    }
    let built = portal.run(&["build"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    portal
}

/// A service's repository with this file of entities.
fn service(name: &str, entities: &str) -> Portal {
    let service = Portal::empty().with("catalog-info.yaml", entities);
    service.init();
    service.git(&["remote", "add", "origin", &format!("git@git.test:acme/{name}.git")]);
    service
}

/// Serves the files of a site below `/portal/` to whoever has the token.
fn serve(portal: &Portal, token: Option<&'static str>) -> Server {
    let site = portal.path().join("site");
    Server::new(move |_, request, to| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let is_known = |token| request.contains(&format!("authorization: Bearer {token}\r\n"));
        if token.is_some_and(|token| !is_known(token)) {
            return say(to, "401 Unauthorized", &[], "");
        }
        let file =
            path.strip_prefix("/portal/").and_then(|file| std::fs::read(site.join(file)).ok());
        match file {
            Some(bytes) => drop(to.write_all(&answer("200 OK", &[JSON], &bytes))),
            None => say(to, "404 Not Found", &["Content-Type: text/html"], "<html>"),
        }
    })
}

fn check(service: &Portal, catalog: &str, more: &[&str]) -> ProgramOutput {
    service.run(&[&["check", "catalog-info.yaml", "--catalog", catalog], more].concat())
}

#[test]
fn without_a_catalog_the_rules_of_each_entity_hold_and_references_are_not_looked_up() {
    let wrong = component("cart", "team-x", "dependsOn: 7").replace("Component", "Componnet");
    let service = Portal::empty()
        .with("catalog-info.yaml", component("cart", "team-x", ""))
        .with("api/catalog-info.yaml", wrong)
        .with("api/other.yaml", "kind: [\n")
        .with("node_modules/x/catalog-info.yaml", "kind: [\n");
    let sound = service.run(&["check", "catalog-info.yaml", "--strict"]);
    assert_eq!((sound.code, &*sound.stdout), (0, "no problems in 1 entity\n"), "{}", sound.stderr);
    assert!(sound.stderr.starts_with("references are not looked up"), "{}", sound.stderr);
    let all = service.run(&["check", "."]);
    assert_eq!(all.code, 1);
    let expected = "error: api/catalog-info.yaml:2:7: unknown kind `Componnet`\n  hint: did you mean `Component`?\n";
    assert!(all.stderr.ends_with(expected), "{}", all.stderr);
    let glob = service.run(&["check", "api/*.yaml", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&glob.stdout).expect("JSON");
    assert_eq!(report["counts"]["error"], 2, "{report}");
    let github = service.run(&["check", "api", "--format", "github"]);
    assert!(
        github
            .stdout
            .starts_with("::error file=api/catalog-info.yaml,line=2,col=7,title=unknown-kind::"),
        "{}",
        github.stdout
    );
}

#[test]
fn what_a_source_would_report_about_the_files_is_reported() {
    let api = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: orders, annotations: {backstage.io/techdocs-ref: 'dir:nowhere'}}\n\
               spec: {type: openapi, lifecycle: production, owner: team-a, definition: {$text: ./gone.yaml}}\n---\n\
               apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: more}\nspec: {targets: [./a.yaml, ./b.yaml]}\n";
    let service = Portal::empty().with("catalog-info.yaml", api).with(
        "a.yaml",
        component("cart", "team-a", "") + "---\n" + &component("cart", "team-b", ""),
    );
    let ran = service.run(&["check", "catalog-info.yaml"]);
    assert_eq!(ran.code, 1);
    for expected in [
        "warning: catalog-info.yaml:4:81: there is no file `gone.yaml`",
        "error: catalog-info.yaml:9:28: there is no file `b.yaml`",
        "warning: catalog-info.yaml: there is no Markdown in `nowhere`",
        "error: a.yaml:8:18: `component:default/cart` is already defined in `a.yaml`",
    ] {
        assert!(ran.stderr.contains(expected), "missing:\n{expected}\nin:\n{}", ran.stderr);
    }
}

#[test]
fn references_are_looked_up_in_a_site_behind_a_path_and_a_sign_in() {
    let portal = company();
    let server = serve(&portal, Some("s3cret-token"));
    let catalog = format!("{}portal/index.html", server.url);
    let service = service("orders", &component("orders", "team-b", "dependsOn: [component:cart]"));
    let command = |token: &str| {
        let mut command = isolated(service.path());
        command.args(["check", "catalog-info.yaml", "--catalog", &catalog]);
        command.env("CALLBOARD_CATALOG_TOKEN", token);
        ProgramOutput::of(&command.output().expect("the program starts"))
    };
    let ran = command("s3cret-token");
    assert_eq!(
        (ran.code, &*ran.stderr),
        (
            0,
            "warning: catalog-info.yaml:4:53: `group:default/team-b` does not exist\n  hint: did you mean `team-a`?\n"
        )
    );
    let paths: Vec<_> =
        server.requests().iter().map(|r| r.split(' ').nth(1).unwrap_or("").to_owned()).collect();
    assert_eq!(paths, ["/portal/catalog.json", "/portal/catalog/extract.json.gz"]);
    let refused = command("another-token");
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("the site asks to sign in"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("another-token"), "{}", refused.stderr);
}

#[test]
fn a_portal_a_site_and_an_extract_are_catalogs_too() {
    let portal = company();
    let service = service("orders", &component("orders", "team-b", ""));
    let folder = portal.path().display();
    for place in ["", "/site", "/site/catalog/extract.json.gz"] {
        let ran = check(&service, &format!("{folder}{place}"), &["--strict"]);
        assert_eq!(ran.code, 1, "{place}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: did you mean `team-a`?"), "{place}: {}", ran.stderr);
    }
    let nothing = check(&service, &service.path().display().to_string(), &[]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("is neither a portal nor a site"), "{}", nothing.stderr);
}

#[test]
fn an_entity_of_the_catalog_has_its_new_version_in_the_files_and_another_file_is_named() {
    let portal = company();
    let catalog = portal.path().join("site").display().to_string();
    let own = service("cart", &component("cart", "team-a", "system: shop"));
    let ran = check(&own, &catalog, &["--strict"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "warning: catalog-info.yaml:4:69: `system:default/shop` does not exist\n"
    );
    let copied = service("cart-two", &component("cart", "team-a", ""));
    let ran = check(&copied, &catalog, &["--strict"]);
    assert_eq!(
        ran.stderr,
        "warning: catalog-info.yaml:3:18: `component:default/cart` is in the catalog already: `catalog-info.yaml` of \
         `https://git.test/acme/cart.git` defines it, which the source `services` reads\n  \
         hint: rename one of the two, or remove the other one first\n"
    );
    // The file moved within its repository; then both files have the entity.
    own.remove("catalog-info.yaml");
    own.write("deploy/catalog-info.yaml", component("cart", "team-a", ""));
    let moved = || own.run(&["check", "deploy", "--strict", "--catalog", &catalog]);
    assert_eq!(moved().code, 0, "{}", moved().stderr);
    own.write("catalog-info.yaml", component("cart", "team-a", ""));
    assert!(moved().stderr.contains("deploy/catalog-info.yaml:3:18"), "{}", moved().stderr);
    assert_eq!(own.run(&["check", ".", "--catalog", &catalog]).code, 1, "a duplicate");
    let similar = service("cart-api", &component("Pay_", "team-a", "").replace("Pay_", "P.ay"));
    let ran = check(&similar, &catalog, &["--strict"]);
    assert!(ran.stderr.contains("`P.ay` is written almost as `pay`"), "{}", ran.stderr);
}

#[test]
fn standard_input_is_a_file_and_paths_stay_inside_of_the_folder() {
    let service = Portal::empty().with("catalog-info.yaml", component("cart", "team-a", ""));
    let mut child = isolated(service.path())
        .args(["check", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let text = component("cart", "[]", "");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("written");
    let ran = ProgramOutput::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error: -:4:53: expected a text, found a list"), "{}", ran.stderr);
    for (argument, message) in [
        ("../x.yaml", "is outside of"),
        ("/etc/passwd", "is outside of"),
        ("gone.yaml", "there is no file `gone.yaml`"),
    ] {
        let ran = service.run(&["check", argument]);
        assert_eq!(ran.code, 2, "{argument}");
        assert!(ran.stderr.contains(message), "{argument}: {}", ran.stderr);
    }
    let whole = service.path().join("catalog-info.yaml").display().to_string();
    assert_eq!(service.run(&["check", &whole]).code, 0);
    let none = service.run(&["check", "x/*.yaml", "--strict"]);
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("no file matches `x/*.yaml`"), "{}", none.stderr);
}

#[test]
fn what_is_no_site_is_said_with_what_to_do() {
    let service = service("orders", &component("orders", "team-a", ""));
    let newer = r#"{"version": 2, "people": []}"#;
    let index = r#"{"extract": "catalog/extract.json.gz"}"#;
    let html = "<!doctype html><title>Sign in</title>";
    let page = |file: &str| -> (&str, &str, &str) {
        match file {
            "/sign-in/catalog.json" => ("200 OK", "Content-Type: text/html", html),
            "/older/catalog.json" => ("200 OK", JSON, "{\"title\": \"Acme\"}"),
            "/api/catalog.json" => ("200 OK", JSON, "[7]"),
            "/out/catalog.json" => ("200 OK", JSON, r#"{"extract": "../secret.json"}"#),
            "/large/catalog.json" => ("200 OK", "Content-Length: 99999999", ""),
            "/elsewhere/catalog.json" => ("302 Found", "Location: https://login.test/", ""),
            path if path.ends_with("catalog.json") && !path.starts_with("/none") => {
                ("200 OK", JSON, index)
            }
            "/newer/catalog/extract.json.gz" => ("200 OK", JSON, newer),
            "/broken/catalog/extract.json.gz" => ("200 OK", JSON, "\u{1f}x"),
            _ => ("404 Not Found", "Content-Type: text/html", html),
        }
    };
    let server = Server::new(move |_, request, to| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (status, header, body) = page(path);
        match header.starts_with("Content-Length") {
            true => drop(to.write_all(
                format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n{}", "7".repeat(2 << 20)).as_bytes(),
            )),
            false => say(to, status, &[header], body),
        }
    });
    for (site, message) in [
        (
            "sign-in",
            "answered an HTML page\nhint: the site asks to sign in: `CALLBOARD_CATALOG_TOKEN` has",
        ),
        ("elsewhere", "another host, `https://login.test/`\nhint: the site asks to sign in"),
        ("none", "answered 404 Not Found"),
        ("none", "the address of the home page of a site that Callboard built?"),
        (
            "older",
            "has no extract of its catalog, because an older Callboard built it\nhint: build it again",
        ),
        ("api", "is no list of a catalog"),
        ("out", "`../secret.json` leads out of the site"),
        ("large", "is larger than 1048576 bytes"),
        ("newer", "is of a newer Callboard"),
        ("broken", "is no extract of a catalog"),
    ] {
        let ran = check(&service, &format!("{}{site}", server.url), &[]);
        assert_eq!(ran.code, 3, "{site}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{site}: {}", ran.stderr);
    }
    let ran = check(&service, "http://portal.test/", &["--catalog-header", "X-Key=PATH"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("which has no encryption"), "{}", ran.stderr);
    let ran = check(&service, "https://portal.test/", &["--catalog-header", "X-Key=NOT_SET"]);
    assert!(ran.stderr.contains("`NOT_SET` of `--catalog-header` is not set"), "{}", ran.stderr);
}
