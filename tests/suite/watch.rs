//! `callboard serve --watch`, over real sockets: pages follow the portal's files, a mistake is told and
//! keeps the last good site, an interrupt ends it while pages still listen.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::portal::{Portal, isolated};

const CART: &str = "catalog-data/manual/cart.yaml";
const PAGE: &str = "/catalog/default/component/cart.html";

fn component(description: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\n\
         metadata: {{name: cart, description: {description}}}\n\
         spec: {{type: service, lifecycle: production, owner: shop}}\n"
    )
}

/// The running program; killed when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(portal: &Portal) -> Self {
        let mut child = isolated(portal.path())
            .args(["serve", "--watch", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("piped");
        let mut server = Self { child, address: String::new() };
        let mut lines = BufReader::new(output).lines();
        let line = lines.find_map(|line| {
            let line = line.expect("text");
            Some(line.split_once("http://")?.1.split_once('/')?.0.to_owned())
        });
        server.address = line.expect("an address");
        // What is printed later must not block the program.
        std::thread::spawn(move || lines.for_each(drop));
        server
    }

    fn connect(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("settable");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .expect("sent");
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.connect(path).read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// What the program tells pages, from now on.
    fn news(&self) -> impl Iterator<Item = serde_json::Value> + use<> {
        let lines = BufReader::new(self.connect("/.callboard/events")).lines();
        lines.filter_map(|line| {
            let line = line.expect("something is told within a minute");
            Some(serde_json::from_str(line.strip_prefix("data: ")?).expect("JSON"))
        })
    }
}

#[test]
fn pages_follow_the_files_and_a_mistake_keeps_the_last_good_site() {
    let portal = Portal::new().with(CART, &component("first"));
    let mut server = Server::start(&portal);
    let mut news = server.news();
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
    fs::write(&file, component("second")).expect("writable");
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
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
