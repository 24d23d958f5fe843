//! Servers that are busy, cut their answer off, never end it, or answer with something else.

use std::{io::Write, thread, time::Duration};

use callboard_testing::{JSON, Server, answer, resetting, say};
use flate2::{Compression, write::GzEncoder};

use super::{
    super::{Authorization, Pace, Reason, Request},
    UnpacedClient, request,
};
use crate::base::{
    clock,
    environment::{Redactor, Secret},
};

/// A server that fails with the first answers, and then succeeds.
fn recovering(answers: Vec<Vec<u8>>) -> Server {
    Server::new(move |number, _, to| match answers.get(number) {
        Some(answer) => drop(to.write_all(answer)),
        None => say(to, "200 OK", &[JSON], "[1]"),
    })
}

fn busy(header: &str) -> Vec<u8> {
    answer("429 Too Many Requests", &[header], b"")
}

#[tokio::test]
async fn the_pause_of_retry_after_is_kept() {
    let seconds = Duration::from_secs;
    let unpaced = UnpacedClient::new();
    let limited = answer("403 Forbidden", &["Retry-After: 3"], b"");
    let server = recovering(vec![busy("Retry-After: 7"), limited]);
    let answer = unpaced.client.get(&request(&server.url)).await.expect("an answer");
    assert_eq!(answer.json::<Vec<u8>>().expect("JSON"), [1]);
    assert_eq!(unpaced.pauses(), [seconds(7), seconds(3)]);

    let unpaced = UnpacedClient::new();
    let server = recovering(vec![busy("X-No-Retry-After: 1"), busy("Retry-After: soon")]);
    unpaced.client.get(&request(&server.url)).await.expect("an answer");
    assert_eq!(unpaced.pauses(), [Duration::from_millis(500), seconds(1)]);

    let unpaced = UnpacedClient::new();
    let until = clock::now(None) + seconds(90);
    let date = until.strftime("Retry-After: %a, %d %b %Y %H:%M:%S GMT").to_string();
    let server = recovering(vec![busy(&date)]);
    unpaced.client.get(&request(&server.url)).await.expect("an answer");
    let [pause] = unpaced.pauses()[..] else { panic!("one pause") };
    assert!((seconds(30)..=seconds(90)).contains(&pause), "{pause:?}");
}

#[tokio::test]
async fn an_allowance_that_is_used_up_is_said_with_the_time_of_the_next() {
    let reset = (clock::now(None) + Duration::from_mins(31)).as_second();
    let reset = format!("X-RateLimit-Reset: {reset}");
    let limited = move |left| answer("403 Forbidden", &[left, &reset], b"rate limit exceeded");
    let server = recovering(vec![limited("X-RateLimit-Remaining: 0")]);
    let error = UnpacedClient::new().client.get(&request(&server.url)).await.expect_err("limited");
    assert!(error.to_string().contains("it asks to wait 31 minutes"), "{error}");
    assert!(error.hint().expect("a hint").contains("`rate`"));
    let server = recovering(vec![limited("X-RateLimit-Remaining: 7")]);
    let error =
        UnpacedClient::new().client.get(&request(&server.url)).await.expect_err("forbidden");
    assert!(!error.to_string().contains("come back"), "{error}");
}

#[tokio::test]
async fn a_server_that_asks_for_a_day_is_not_waited_for() {
    for (asked, spoken) in [("86400", "24 hours"), ("301", "6 minutes")] {
        let unpaced = UnpacedClient::new();
        let server = recovering(vec![busy(&format!("Retry-After: {asked}"))]);
        let error = unpaced.client.get(&request(&server.url)).await.expect_err("too long");
        assert_eq!(
            error.to_string(),
            format!(
                "GET {}: answered 429 Too Many Requests; it asks to wait {spoken}, and the \
                 longest wait is 5 minutes",
                server.url
            )
        );
        assert_eq!((unpaced.pauses(), server.requests().len()), (vec![], 1));
    }
    let server = recovering(vec![busy("Retry-After: 99999999999999999999999")]);
    let error = UnpacedClient::new().client.get(&request(&server.url)).await.expect_err("too long");
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn errors_of_the_server_are_repeated_and_then_told() {
    let unpaced = UnpacedClient::new();
    let broken = || answer("502 Bad Gateway", &[], b"no upstream\nfor hunter2");
    let server = recovering(vec![broken(), answer("503 Service Unavailable", &[], b"")]);
    let response = unpaced.client.get(&request(&server.url)).await.expect("an answer");
    assert_eq!(response.body, b"[1]");
    assert_eq!(unpaced.pauses(), [Duration::from_millis(500), Duration::from_secs(1)]);

    let server = recovering(vec![broken(), broken(), broken()]);
    let redactor = Redactor::new([Secret::new("hunter2")]);
    let request = Request { redactor, ..request(&server.url) };
    let error = unpaced.client.get(&request).await.expect_err("broken");
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}: answered 502 Bad Gateway: `no upstream for ***` (tried 3 times)",
            server.url
        )
    );
}

#[tokio::test]
async fn broken_connections_are_repeated_and_then_told() {
    let client = UnpacedClient::new().client;
    let url = resetting(2, "[1]");
    assert_eq!(client.get(&request(&url)).await.expect("an answer").body, b"[1]");
    let error = client.get(&request(&resetting(9, ""))).await.expect_err("reset");
    assert!(matches!(error.reason, Reason::Connection(_)), "{error}");
    assert!(error.to_string().ends_with("(tried 3 times)"), "{error}");
    let broken: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    ];
    for body in broken {
        let server = recovering(vec![body.to_vec()]);
        assert_eq!(client.get(&request(&server.url)).await.expect("an answer").body, b"[1]");
        let server = recovering(vec![body.to_vec(); 3]);
        let error = client.get(&request(&server.url)).await.expect_err("broken off");
        assert!(matches!(error.reason, Reason::Interrupted(_)), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_times_out() {
    let drip = |first: &'static [u8]| {
        Server::new(move |_, _, to| {
            let mut alive = to.write_all(first).is_ok();
            while alive {
                thread::sleep(Duration::from_millis(20));
                alive = to.write_all(b"x").and_then(|()| to.flush()).is_ok();
            }
        })
    };
    for first in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".as_slice(),
        b"HTTP/1.1 200 OK\r\nX-Endless: ",
    ] {
        let server = drip(first);
        let timeout = Duration::from_millis(150);
        let request = Request { timeout, retries: 1, ..request(&server.url) };
        let error = UnpacedClient::new().client.get(&request).await.expect_err("too slow");
        assert_eq!((error.attempts, error.reason), (2, Reason::TimedOut(timeout)));
    }
    let silent = Server::new(|_, _, _| thread::sleep(Duration::from_mins(1)));
    let timeout = Duration::from_millis(50);
    let request = Request { timeout, retries: 0, ..request(&silent.url) };
    let error = UnpacedClient::new().client.get(&request).await.expect_err("silent");
    assert_eq!(error.reason, Reason::TimedOut(timeout));
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_cap() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; 50_000_000]).expect("memory");
    let bomb = encoder.finish().expect("memory");
    assert!(bomb.len() < 500_000, "it is small before it is unpacked");
    let bomb = answer("200 OK", &["Content-Encoding: gzip"], &bomb);
    let server = Server::new(move |_, _, to| drop(to.write_all(&bomb)));
    let client = UnpacedClient::new().client;
    let capped = Request { max_bytes: 1_000_000, ..request(&server.url) };
    let error = client.get(&capped).await.expect_err("too large");
    assert_eq!((error.attempts, error.reason), (1, Reason::TooLarge(1_000_000)));
    let exact = Request { max_bytes: 50_000_000, ..request(&server.url) };
    assert_eq!(client.get(&exact).await.expect("just so").body.len(), 50_000_000);
}

#[tokio::test]
async fn answers_of_another_type_are_named() {
    let client = UnpacedClient::new().client;
    let answered = async |headers: &'static [&'static str], body: &'static str| {
        let server = Server::new(move |_, _, to| say(to, "200 OK", headers, body));
        client.get(&request(&server.url)).await.expect("an answer")
    };
    let page = answered(&["Content-Type: text/html"], "<html>Log in</html>").await;
    let error = page.json::<u8>().expect_err("a page");
    assert_eq!(error.reason, Reason::HtmlPage);
    assert!(error.hint().expect("a hint").contains("login page"));
    assert_eq!(page.text().expect_err("a page").reason, Reason::HtmlPage);
    let csv = answered(&["Content-Type: text/csv"], "a,b").await;
    assert_eq!(csv.json::<u8>().expect_err("no").reason, Reason::NotJson("text/csv".into()));
    assert_eq!(csv.text().expect("text"), "a,b");
    assert_eq!((csv.header("content-TYPE"), csv.header("x-other")), (Some("text/csv"), None));
    let marked = answered(&[JSON], "\u{feff}[7]").await;
    assert_eq!(marked.json::<Vec<u8>>().expect("JSON"), [7]);
    assert_eq!(marked.text().expect("text"), "[7]");
    let server = Server::new(|_, _, to| drop(to.write_all(&answer("200 OK", &[], b"ab\xff"))));
    let binary = client.get(&request(&server.url)).await.expect("an answer");
    assert_eq!(binary.text().expect_err("no text").reason, Reason::NotUtf8(2));
}

#[tokio::test]
async fn what_is_missing_may_be_missing() {
    let unpaced = UnpacedClient::new();
    let server = Server::new(|_, request, to| match request.starts_with("GET /there ") {
        true => say(to, "200 OK", &[JSON], "[]"),
        false => say(to, "404 Not Found", &[], ""),
    });
    let there = request(&server.url.join("there").expect("a URL"));
    assert!(unpaced.client.get_optional(&there).await.expect("an answer").is_some());
    assert!(unpaced.client.get_optional(&request(&server.url)).await.expect("none").is_none());
    assert_eq!((unpaced.pauses(), server.requests().len()), (vec![], 2));
    let broken = Server::new(|_, _, to| say(to, "500 Oh", &[], ""));
    assert!(unpaced.client.get_optional(&request(&broken.url)).await.is_err());
}

#[tokio::test]
async fn what_a_server_echoes_is_not_quoted() {
    let client = UnpacedClient::new().client;
    let server = Server::new(|_, request, to| {
        let secret = request.split("authorization: ").nth(1).unwrap_or_default();
        let secret = secret.split("\r\n").next().unwrap_or_default();
        if request.starts_with("GET /away ") {
            let location = format!("Location: http://away.example/{}", secret.replace(' ', "/"));
            return say(to, "302 Found", &[&location], "");
        }
        // In two pieces, as a network may carry it.
        let text = answer("403 Forbidden", &[], format!("it was {secret}, they say").as_bytes());
        let (first, second) = text.split_at(text.len() - 17);
        drop(to.write_all(first).and_then(|()| to.flush()));
        thread::sleep(Duration::from_millis(30));
        drop(to.write_all(second));
    });
    for authorization in [
        Authorization::basic("me", &Secret::new("hunter3")),
        Authorization::bearer(&Secret::new("hunter3")),
    ] {
        let authorization = authorization.expect("valid");
        for path in ["", "away"] {
            let url = server.url.join(path).expect("a URL");
            let request = Request { authorization: authorization.clone(), ..Request::new(url) };
            let text = client.get(&request).await.expect_err("refused").to_string();
            assert!(text.contains("***") && !text.contains("hunt"), "{text}");
            assert!(!text.contains("bWU6"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_pace_holds_for_repeated_and_redirected_requests_too() {
    let unpaced = UnpacedClient::new();
    let client = unpaced.client.with_pace(Pace::new(10, Duration::from_secs(1)));
    let server = Server::new(|number, _, to| match number {
        0 => say(to, "500 Oh", &[], ""),
        1 => say(to, "302 Found", &["Location: /b"], ""),
        _ => say(to, "200 OK", &[JSON], "[]"),
    });
    client.get(&request(&server.url)).await.expect("an answer");
    client.clone().get(&request(&server.url)).await.expect("an answer");
    let wanted = [500, 100, 200, 300].map(Duration::from_millis);
    assert_eq!(unpaced.pauses(), wanted);
}
