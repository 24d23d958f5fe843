//! Redirects: which addresses are followed, and which headers are sent along.

use callboard_testing::{JSON, Server, say};

use super::{
    super::{Authorization, Reason, Request},
    UnpacedClient, request,
};
use crate::base::environment::Secret;

/// A request with a key, a user, a password and a cookie.
fn secret(server: &Server) -> Request {
    let authorization = Authorization::basic("me", &Secret::new("hunter3")).expect("valid");
    let mut request = Request { authorization, ..request(&server.url) };
    let (name, value) = super::header("cookie", "session=hunter4").expect("valid");
    request.headers.insert(name, value);
    request
}

fn leading_to(location: String) -> Server {
    let location = format!("Location: {location}");
    Server::new(move |_, _, to| say(to, "307 Temporary Redirect", &[&location], ""))
}

fn final_one() -> Server {
    Server::new(|_, _, to| say(to, "200 OK", &[JSON], "[]"))
}

#[tokio::test]
async fn another_host_is_refused_unless_it_is_listed_and_then_gets_no_secret() {
    let client = UnpacedClient::new().client;
    let there = final_one();
    let here = leading_to(format!("{}file?sig=abc", there.url));
    let error = client.get(&secret(&here)).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        format!("GET {}: refused to go on to another host, `{}file?sig=…`", here.url, there.url)
    );
    assert!(error.hint().expect("a hint").contains("`hosts`"));
    assert!(there.requests().is_empty());

    let listed = Request { hosts: vec![there.host()], ..secret(&here) };
    let answer = client.get(&listed).await.expect("followed");
    assert_eq!(answer.url.path(), "/file");
    let sent = here.requests().pop().expect("a request").to_lowercase();
    assert!(sent.contains("hunter2") && sent.contains("hunter4"), "{sent}");
    assert!(sent.contains("authorization: basic "), "{sent}");
    let [received] = &there.requests()[..] else { panic!("one request") };
    let mut names: Vec<_> = received.lines().skip(1).filter_map(|l| l.split(": ").next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["", "accept", "accept-encoding", "host", "user-agent"], "{received}");
}

#[tokio::test]
async fn the_same_host_gets_all_of_it_again() {
    let server = Server::new(|number, _, to| match number {
        0 => say(to, "308 Permanent Redirect", &["Location: ../b"], ""),
        _ => say(to, "200 OK", &[JSON], "[]"),
    });
    let answer = UnpacedClient::new().client.get(&secret(&server)).await.expect("followed");
    assert_eq!(answer.url.path(), "/b");
    let [first, second] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(first.split_once("\r\n").map(|l| l.1), second.split_once("\r\n").map(|l| l.1));
}

#[tokio::test]
async fn redirects_without_end_or_target_end() {
    let unpaced = UnpacedClient::new();
    for location in ["/again", "http://"] {
        let server = leading_to(location.to_owned());
        let error = unpaced.client.get(&request(&server.url)).await.expect_err("a loop");
        assert_eq!((error.attempts, error.reason), (1, Reason::RedirectLoop));
        assert!(server.requests().len() <= 6);
    }
}
