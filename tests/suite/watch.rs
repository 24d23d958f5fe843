//! `callboard serve --watch`: a change of a file rebuilds pages, an error is reported and keeps the last good
//! site, and an interrupt ends the program while pages are still connected.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Command,
    time::{Duration, Instant},
};

use callboard_testing::{Portal, component};

use crate::server::Server;

const CART: &str = "catalog-data/manual/cart.yaml";
const PAGE: &str = "/catalog/default/component/cart.html";

/// The component that the tests change.
fn cart(description: &str) -> String {
    component("cart", "shop", "")
        .replace("name: cart", &format!("name: cart, description: {description}"))
}

/// What the program tells pages, from now on.
fn news(server: &Server) -> impl Iterator<Item = serde_json::Value> + use<> {
    let lines = BufReader::new(server.connect("/.callboard/events")).lines();
    lines.filter_map(|line| {
        let line = line.expect("something is told within a minute");
        Some(serde_json::from_str(line.strip_prefix("data: ")?).expect("JSON"))
    })
}

#[test]
fn pages_are_rebuilt_when_files_change_and_an_error_keeps_the_last_good_site() {
    let portal = Portal::new().with(CART, cart("first"));
    let mut server = Server::start(&portal, &["--watch"]);
    let mut news = news(&server);
    let first = news.next().expect("news");
    assert_eq!(first["failure"], serde_json::Value::Null);
    let problem = &first["problems"][0];
    assert_eq!(problem["place"]["file"], CART, "{first}");
    assert!(problem["message"].as_str().expect("text").contains("group:default/shop"), "{first}");

    let page = server.get(PAGE);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("first"), "{page}");
    assert!(page.contains("<script type=\"module\" src=\"/.callboard/live.js\">"), "{page}");
    assert!(page.to_lowercase().contains("cache-control: no-store"), "{page}");
    let on_disk = portal.read(&format!("site{PAGE}"));
    assert!(!on_disk.contains("live.js"), "the script is in the site itself");
    assert!(server.get("/.callboard/live.js").contains("EventSource"));
    let missing = server.get("/nothing.html");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("live.js"), "{missing}");

    let file = portal.path().join(CART);
    fs::write(&file, cart("second")).expect("writable");
    let told = news.next().expect("news");
    assert_eq!(told["build"], 2, "{told}");
    let changed = told["changed"].as_array().expect("a list");
    assert!(changed.iter().any(|path| path == &PAGE[1..]), "{told}");
    assert!(server.get(PAGE).contains("second"));

    let theme = portal.path().join("site-templates/pages/about.html");
    fs::create_dir_all(theme.parent().expect("a folder")).expect("makeable");
    fs::write(&theme, "\n{{ site. }}").expect("writable");
    let told = news.find(|told| !told["failure"].is_null()).expect("news");
    assert!(told["failure"].as_str().expect("text").contains("pages/about.html:2"), "{told}");
    assert_eq!(told["build"], 2, "{told}");
    assert!(server.get(PAGE).contains("second"), "the last good site is gone");

    fs::remove_dir_all(portal.path().join("site-templates")).expect("removable");
    news.find(|told| told["failure"].is_null()).expect("news");

    let started = Instant::now();
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}
