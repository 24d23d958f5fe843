//! `callboard serve`: the headers of answers, the allowed host names, and no file outside of the site.

use std::io::Read;

use callboard_testing::Portal;

use crate::{program::RunProgram, server::Server};

const CART: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  \
    annotations: {backstage.io/techdocs-ref: 'dir:cart'}\nspec: {type: service, lifecycle: production, owner: shop}\n";
const DRAWING: &str =
    "<svg xmlns='http://www.w3.org/2000/svg'><script>x</script><g onclick='x'/></svg>";
const PAGE: &str = "/catalog/default/component/cart.html";

fn built() -> Portal {
    let portal = Portal::new()
        .with("catalog-data/manual/cart.yaml", CART)
        .with("catalog-data/manual/cart/index.md", "# Cart\n\n![d](d.svg)\n")
        .with("catalog-data/manual/cart/d.svg", DRAWING);
    assert_eq!(portal.run(&["build"]).code, 0);
    portal
}

/// The value of a header; empty when there is none.
fn header(answer: &str, name: &str) -> String {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    let mut values = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, value)| value.to_owned()).unwrap_or_default();
    assert!(values.next().is_none(), "{name} twice: {head}");
    value
}

#[test]
fn answers_have_the_headers_of_the_site() {
    let portal = built();
    let server = Server::start(&portal, &[]);
    let page = server.get(PAGE);
    let policy = header(&page, "content-security-policy");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hosting.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    for line in guide.lines().filter(|line| line.contains("script-src")) {
        assert!(line.contains(&policy), "docs/hosting.md has another policy: {line}");
    }
    let meta = policy.trim_end_matches("; frame-ancestors 'none'").replace('\'', "&#39;");
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{meta}\">");
    assert!(page.replace("&#x27;", "&#39;").contains(&meta), "{meta}");
    let drawing = server.get("/docs/default/component/cart/d.svg");
    assert_eq!(header(&drawing, "content-type"), "image/svg+xml");
    assert_eq!(
        header(&drawing, "content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
    );
    assert!(
        drawing.ends_with("<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>\n"),
        "{drawing}"
    );
    for answer in [&page, &drawing, &server.get("/nothing.html"), &server.get("/_headers")] {
        assert_eq!(header(answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(answer, "referrer-policy"), "same-origin");
    }
    let name = page.split_once("/assets/").and_then(|(_, rest)| rest.split('"').next());
    let asset = format!("/assets/{}", name.expect("an asset"));
    assert!(header(&server.get(&asset), "cache-control").contains("immutable"), "{asset}");
    assert_eq!(header(&server.get(&format!("{asset}x")), "cache-control"), "");
}

#[test]
fn only_own_host_names_are_answered_to() {
    let portal = built();
    let plain = Server::start(&portal, &[]);
    let more = Server::start(&portal, &["--watch", "--host", "Portal.example"]);
    let status = |server: &Server, host: &str, path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        let mut answer = String::new();
        server.send(&request).read_to_string(&mut answer).expect("an answer");
        let code = answer.split(' ').nth(1).expect("a status").to_owned();
        assert_eq!(code == "421", answer.contains("--host NAME"), "{answer}");
        code
    };
    for host in ["Host: localhost\r\n", "Host: 127.0.0.1:1\r\n", "Host: [::1]:9\r\n"] {
        assert_eq!(status(&plain, host, PAGE), "200", "{host}");
    }
    let evil = "Host: evil.example:8080\r\n";
    for host in
        [evil, "Host: localhost.evil.example\r\n", "", "Host: localhost\r\nHost: evil.example\r\n"]
    {
        assert_eq!(status(&plain, host, PAGE), "421", "{host}");
    }
    assert_eq!(status(&plain, "Host: localhost\r\n", "http://evil.example/"), "421");
    for path in [PAGE, "/.callboard/events", "/.callboard/live.js"] {
        assert_eq!(status(&more, evil, path), "421", "{path}");
    }
    assert_eq!(status(&more, "Host: portal.example\r\n", PAGE), "200");
    let ran = portal.run(&["serve", "--host", "http://x/"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_site_is_answered() {
    use std::os::unix::fs::symlink;

    let portal = built().with("secret.txt", "secret");
    let site = portal.path().join("site");
    for (name, target) in [("out", "../secret.txt"), ("folder", ".."), ("far", "/etc/passwd")] {
        symlink(target, site.join(name)).expect("linkable");
    }
    symlink("index.html", site.join("near.html")).expect("linkable");
    let fifo = site.join("fifo.html");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.is_ok_and(|status| status.success()));
    let server = Server::start(&portal, &[]);
    for path in [
        "/out",
        "/folder/secret.txt",
        "/folder/callboard.yaml",
        "/folder/",
        "/far",
        "/fifo.html",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/assets/..%2f..%2fsecret.txt",
    ] {
        let answer = server.get(path);
        let status = answer.split(' ').nth(1).expect("a status");
        assert!(["400", "404"].contains(&status), "{path}: {answer}");
        assert!(!answer.contains("secret\n") && !answer.contains("root:"), "{path}: {answer}");
    }
    assert!(server.get("/near.html").starts_with("HTTP/1.1 200"));
    std::fs::remove_file(site.join("404.html")).expect("removable");
    symlink("../secret.txt", site.join("404.html")).expect("linkable");
    assert!(!server.get("/nothing").contains("secret"));
}

#[test]
fn images_of_the_settings_are_sanitized_or_refused_with_their_position() {
    let portal = Portal::new()
        .with("callboard.yaml", "title: T\nsite: {logo: l.svg, favicon: l.svg}\n")
        .with("l.svg", DRAWING);
    assert_eq!(portal.run(&["build"]).code, 0);
    let folder = std::fs::read_dir(portal.path().join("site/assets")).expect("assets");
    let folder = folder.map(|entry| entry.expect("readable").path()).find(|path| path.is_dir());
    let folder = folder.expect("a folder");
    for name in ["logo.svg", "favicon.svg"] {
        let text = std::fs::read_to_string(folder.join(name)).expect(name);
        assert_eq!(text, "<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>\n");
    }
    let ran = portal.with("l.svg", "<svg>\n&x;</svg>").run(&["build"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("l.svg:2:1: the picture cannot be shown"), "{}", ran.stderr);
}
