//! Requests to a fake that go through a proxy, which compares them and their answers with the official description of the
//! API: tests/acceptance/forges/prism.py. Without the proxy fakes answer themselves.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

/// The header of a request that has come through the proxy.
const CHECKED: &str = "x-callboard-checked";
/// The variable with the host and port of the proxy.
const PROXY: &str = "CALLBOARD_PRISM";
/// The header of an answer that says what is wrong.
const VIOLATION: &str = "x-callboard-violation: ";

/// Whether a request has come through the proxy.
pub(crate) fn is_checked(headers: &HeaderMap) -> bool {
    headers.contains_key(CHECKED)
}

/// The host and port of the proxy.
pub(crate) fn proxy() -> Option<String> {
    std::env::var(PROXY).ok()
}

/// Sends a request through the proxy to the fake; returns the answer, and what it or the request has against the
/// description.
pub(crate) fn ask(
    proxy: &str,
    fake: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> (Response, Option<String>) {
    let path = uri.to_string();
    let path = path.strip_prefix("/api").unwrap_or(&path);
    // Of HTTP 1.0, so that the answer ends with its connection.
    let mut request = format!("{method} {path} HTTP/1.0\r\nx-callboard-fake: {fake}\r\n");
    for (name, value) in headers {
        if !["host", "connection", "content-length"].contains(&name.as_str()) {
            request.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
        }
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut stream = TcpStream::connect(proxy).expect("the proxy");
    stream.write_all(&[request.as_bytes(), body].concat()).expect("the proxy reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the proxy answers");
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = bytes[end + 4..].to_vec();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let kept = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let kept = kept.filter(|(name, _)| ["content-type", "link"].contains(&&*name.to_lowercase()));
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    for (name, value) in kept {
        response = response.header(name, value);
    }
    let found = head.lines().find_map(|line| line.strip_prefix(VIOLATION));
    let violation = found.map(|text| format!("{method} {uri} is not as described: {text}"));
    (response.body(Body::from(body)).expect("an answer").into_response(), violation)
}
