//! Tokens by client credentials.

use std::sync::atomic::{AtomicUsize, Ordering};

use callboard_testing::{JSON, Server, say};

use super::{
    super::{Authorization, Client, ClientCredentials, HttpError, Request},
    UnpacedClient,
};
use crate::base::environment::Secret;

const SECRET: &str = "hünter 2+";

fn credentials(server: &Server) -> ClientCredentials {
    ClientCredentials {
        token_url: server.url.join("token").expect("a URL"),
        client_id: "call:board".to_owned(),
        client_secret: Secret::new(SECRET),
        scope: Some("read:all more".to_owned()),
        audience: None,
    }
}

/// A server that gives the tokens `token-0`, `token-1`, … with these other fields.
fn giving(fields: &'static str) -> Server {
    Server::new(move |number, _, to| {
        say(to, "200 OK", &[JSON], &format!(r#"{{"access_token": "token-{number}"{fields}}}"#));
    })
}

/// An API that takes any token but the refused ones.
fn api(refused: &'static [&'static str]) -> Server {
    Server::new(move |_, request, to| match refused.iter().any(|token| request.contains(token)) {
        true => say(to, "401 Unauthorized", &[], request),
        false => say(to, "200 OK", &[JSON], "[]"),
    })
}

/// The tokens that an API received.
fn tokens(api: &Server) -> Vec<String> {
    let token = |request: &String| {
        let (_, rest) = request.split_once("authorization: Bearer ")?;
        rest.split("\r\n").next().map(str::to_owned)
    };
    api.requests().iter().map(|request| token(request).expect("a token")).collect()
}

fn request(api: &Server, authorization: &Authorization) -> Request {
    let authorization = authorization.clone();
    Request { authorization, retries: 0, ..Request::new(api.url.clone()) }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_before_it_expires() {
    let unpaced = UnpacedClient::new();
    let (server, api) = (giving(r#", "expires_in": 300, "token_type": "bearer""#), api(&[]));
    let authorization = Authorization::oauth2(credentials(&server));
    for second in [0, 200, 269, 270, 400] {
        unpaced.at(second);
        unpaced.client.get(&request(&api, &authorization)).await.expect("an answer");
    }
    assert_eq!(tokens(&api), ["token-0", "token-0", "token-0", "token-1", "token-1"]);
    let asked = server.requests().remove(0);
    assert!(asked.starts_with("POST /token HTTP/1.1\r\n"), "{asked}");
    // `call%3Aboard:h%C3%BCnter+2%2B`, as RFC 6749 says in 2.3.1.
    let basic = "authorization: Basic Y2FsbCUzQWJvYXJkOmglQzMlQkNudGVyKzIlMkI=\r\n";
    assert!(asked.contains(basic), "{asked}");
    assert!(asked.contains("content-type: application/x-www-form-urlencoded\r\n"), "{asked}");
    let body = "\r\n\r\ngrant_type=client_credentials&scope=read%3Aall+more";
    assert!(asked.ends_with(body), "{asked}");
}

#[tokio::test]
async fn a_lifetime_may_be_a_text_or_missing() {
    for (fields, expected) in
        [(r#", "expires_in": "20""#, ["token-0", "token-1"]), ("", ["token-0", "token-0"])]
    {
        let unpaced = UnpacedClient::new();
        let (server, api) = (giving(fields), api(&[]));
        let authorization = Authorization::oauth2(credentials(&server));
        for second in [0, 19] {
            unpaced.at(second);
            unpaced.client.get(&request(&api, &authorization)).await.expect("an answer");
        }
        assert_eq!(tokens(&api), expected);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_each_request() {
    let client = UnpacedClient::new().client;
    let (server, picky) = (giving(""), api(&["token-0"]));
    let authorization = Authorization::oauth2(credentials(&server));
    client.get(&request(&picky, &authorization)).await.expect("the second token is taken");
    assert_eq!(tokens(&picky), ["token-0", "token-1"]);

    let closed = api(&["token-"]);
    let error = client.get(&request(&closed, &authorization)).await.expect_err("refused");
    assert_eq!(tokens(&closed), ["token-1", "token-2"]);
    let text = error.to_string();
    assert!(text.contains("answered 401 Unauthorized: `GET / HTTP/1.1 "), "{text}");
    assert!(text.contains("Bearer ***") && !text.contains("token-"), "{text}");
    assert!(text.ends_with("(tried 2 times)"), "{text}");
}

#[tokio::test]
async fn requests_at_the_same_time_share_a_token() {
    let client = UnpacedClient::new().client;
    let (server, api) = (giving(""), api(&["token-0"]));
    let authorization = Authorization::oauth2(credentials(&server));
    let request = request(&api, &authorization);
    let get = || client.get(&request);
    let (a, b, c, d) = tokio::join!(get(), get(), get(), get());
    for answer in [a, b, c, d] {
        answer.expect("an answer");
    }
    assert_eq!(server.requests().len(), 2, "one for the first token, one for the second");
}

#[tokio::test]
async fn a_server_may_want_the_secret_in_the_body() {
    let client = UnpacedClient::new().client;
    let server = Server::new(|_, request, to| match request.contains("client_secret=") {
        true => say(to, "200 OK", &[JSON], r#"{"access_token": "token", "expires_in": 0}"#),
        false => say(to, "400 Bad Request", &[JSON], r#"{"error": "invalid_request"}"#),
    });
    let api = api(&[]);
    let authorization = Authorization::oauth2(credentials(&server));
    for _ in 0..2 {
        client.get(&request(&api, &authorization)).await.expect("an answer");
    }
    let bodies: Vec<_> = server.requests();
    let bodies: Vec<_> = bodies.iter().filter_map(|r| r.split("\r\n\r\n").nth(1)).collect();
    let with = "grant_type=client_credentials&client_id=call%3Aboard\
                &client_secret=h%C3%BCnter+2%2B&scope=read%3Aall+more";
    let without = "grant_type=client_credentials&scope=read%3Aall+more";
    assert_eq!(bodies, [without, with, with], "what worked is remembered");
    assert!(!server.requests()[1].contains("authorization: "));
}

#[tokio::test]
async fn answers_without_a_token_are_told_without_secrets() {
    let client: Client = UnpacedClient::new().client;
    let api = api(&[]);
    let error =
        async |status: &'static str, headers: &'static [&'static str], body: &'static str| {
            let server = Server::new(move |_, request, to| {
                say(to, status, headers, &body.replace("ECHO", &request.replace('\r', " ")));
            });
            let authorization = Authorization::oauth2(credentials(&server));
            let error: HttpError =
                client.get(&request(&api, &authorization)).await.expect_err("no token");
            assert!(!format!("{error:?} {authorization:?}").contains("hunter"), "{error:?}");
            let hint = error.hint().unwrap_or_default();
            let text = error.to_string().replace(server.url.as_str(), "/");
            assert!(!text.contains("nter") && !text.contains("Y2FsbCUz"), "{text}");
            (text, hint)
        };
    let invalid = r#"{"error": "invalid_client", "error_description": "Invalid client"}"#;
    let (text, hint) = error("401 Unauthorized", &[JSON], invalid).await;
    assert_eq!(text, format!("POST /token: answered 401 Unauthorized: `{invalid}`"));
    assert!(hint.contains("`client_secret`"), "{hint}");
    let (text, _) = error("400 Bad Request", &[JSON], r#"{"error": "invalid_scope"}"#).await;
    assert_eq!(text, r#"POST /token: answered 400 Bad Request: `{"error": "invalid_scope"}`"#);
    let (text, _) = error("403 Forbidden", &[], "ECHO").await;
    assert!(text.contains("Basic ***"), "{text}");
    let (text, _) = error("200 OK", &["Content-Type: text/html"], "<html>").await;
    assert_eq!(text, "POST /token: answered an HTML page");
    let (text, _) = error("200 OK", &[JSON], "token=hunter2").await;
    assert!(text.starts_with("POST /token: 1:"), "{text}");
    let (text, hint) = error("200 OK", &[JSON], r#"{"id_token": "hunter2"}"#).await;
    assert_eq!(
        (text.as_str(), hint),
        ("POST /token: the answer has no `access_token`", "is `token_url` right?")
    );
    let (text, _) = error("200 OK", &[JSON], r#"{"access_token": "hunter2\n"}"#).await;
    assert!(text.contains("an `access_token` that has a character"), "{text}");
    let typed = r#"{"access_token": "hunter2", "token_type": "DPoP"}"#;
    let (text, _) = error("200 OK", &[JSON], typed).await;
    assert!(text.contains("another type than `Bearer`"), "{text}");
    let (text, hint) = error("302 Found", &["Location: http://evil.example/"], "").await;
    assert_eq!((text.as_str(), hint), ("POST /token: answered 302 Found", "is `token_url` right?"));
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn a_token_server_that_is_busy_is_asked_again() {
    let unpaced = UnpacedClient::new();
    let busy = AtomicUsize::new(2);
    let server = Server::new(move |_, _, to| {
        match busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => say(to, "503 Service Unavailable", &["Retry-After: 2"], ""),
            Err(_) => say(to, "200 OK", &[JSON], r#"{"access_token": "token"}"#),
        }
    });
    let api = api(&[]);
    let authorization = Authorization::oauth2(credentials(&server));
    let request = Request { retries: 2, ..request(&api, &authorization) };
    unpaced.client.get(&request).await.expect("an answer");
    assert_eq!(unpaced.pauses().len(), 2);
    assert_eq!(tokens(&api), ["token"]);
}
