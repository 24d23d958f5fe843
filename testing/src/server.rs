//! HTTP servers on loopback: one that a test writes byte by byte, over TCP or TLS, and routers of axum.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use axum::{Router, http::header::CONTENT_TYPE, response::IntoResponse};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

/// A server on loopback, one connection for each request. It runs until the tests end.
#[derive(Debug)]
pub struct Server {
    /// Its root, such as `http://localhost:40123/`.
    pub url: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `answer` writes. It gets the number of the request, from 0, and the
    /// text of its head and body.
    pub fn new(answer: impl Fn(usize, &str, &mut dyn Write) + Send + Sync + 'static) -> Self {
        Self::start("http", answer, Some)
    }

    /// The same over TLS. When the server refuses the client's certificate, it reads what the client still
    /// sends, so that the client gets the alert and no reset.
    pub fn with_tls(
        config: Arc<ServerConfig>,
        answer: impl Fn(usize, &str, &mut dyn Write) + Send + Sync + 'static,
    ) -> Self {
        Self::start("https", answer, move |mut tcp| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).expect("TLS");
            while connection.is_handshaking() {
                if connection.complete_io(&mut tcp).is_err() {
                    drop(connection.write_tls(&mut tcp));
                    drop(tcp.shutdown(std::net::Shutdown::Write));
                    drop(tcp.read_to_end(&mut Vec::new()));
                    return None;
                }
            }
            Some(StreamOwned::new(connection, tcp))
        })
    }

    fn start<S: Read + Write>(
        scheme: &str,
        answer: impl Fn(usize, &str, &mut dyn Write) + Send + Sync + 'static,
        connect: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
    ) -> Self {
        let (listener, url) = loopback(scheme);
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&requests);
        let served = Arc::new((answer, connect));
        thread::spawn(move || {
            for tcp in listener.incoming() {
                let (noted, served) = (Arc::clone(&noted), Arc::clone(&served));
                thread::spawn(move || {
                    let Some(mut stream) = tcp.ok().and_then(&served.1) else { return };
                    let request = read_request(&mut stream);
                    let number = {
                        let mut requests = noted.lock().expect("no panic");
                        requests.push(request.clone());
                        requests.len() - 1
                    };
                    served.0(number, &request, &mut stream);
                });
            }
        });
        Self { url, requests }
    }

    /// The requests so far, each with head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Its host, such as `localhost:40123`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.url.port().expect("a port"))
    }
}

/// A free port of loopback, and the URL of its root.
pub fn loopback(scheme: &str) -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, Url::parse(&format!("{scheme}://localhost:{port}/")).expect("a URL"))
}

/// Resets the first `times` connections before it reads a request, and then answers with this JSON.
pub fn resetting(times: usize, then: &'static str) -> Url {
    let (listener, url) = loopback("http");
    thread::spawn(move || {
        for (number, tcp) in listener.incoming().enumerate() {
            let Ok(mut tcp) = tcp else { return };
            drop(tcp.peek(&mut [0]));
            if number >= times {
                read_request(&mut tcp);
                say(&mut tcp, "200 OK", &[JSON], then);
            }
        }
    });
    url
}

/// Answers every connection with these bytes, and resets it because its request is not read.
pub fn serve_cut_off(answer: Vec<u8>) -> Url {
    let (listener, url) = loopback("http");
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let Ok(mut tcp) = tcp else { return };
            drop(tcp.peek(&mut [0]));
            drop(tcp.write_all(&answer));
        }
    });
    url
}

/// Answers every request with these bytes, and closes its connection.
pub fn serve_bytes(answer: Vec<u8>) -> Url {
    Server::new(move |_, _, to| drop(to.write_all(&answer))).url
}

/// Serves a router within the tokio runtime of the test; returns the URL of its root, without a trailing
/// slash.
pub async fn serve(router: Router) -> String {
    serve_with_address(|_| router).await
}

/// As [`serve`], with a router that is made from the URL of its root.
pub async fn serve_with_address(router: impl FnOnce(&str) -> Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = router(&url);
    drop(tokio::spawn(async move { axum::serve(listener, router).await }));
    url
}

/// An answer of a router with a body of JSON.
pub fn json(text: impl Into<String>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text.into())
}

/// The header of JSON.
pub const JSON: &str = "Content-Type: application/json";

/// The bytes of a whole answer: the status is like `200 OK`, a header like `Location: /a`.
pub fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// Writes a whole answer. That the client has closed the connection is no error.
pub fn say(to: &mut dyn Write, status: &str, headers: &[&str], body: &str) {
    drop(to.write_all(&answer(status, headers, body.as_bytes())).and_then(|()| to.flush()));
}

/// Serves over TLS what a server without TLS has at an address, such as `127.0.0.1:40123`; returns the URL of its root.
pub fn serve_with_tls(config: Arc<ServerConfig>, address: &str) -> Url {
    let (listener, url) = loopback("https");
    let address = address.to_owned();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let (config, address) = (Arc::clone(&config), address.clone());
            thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("TLS");
                let mut client = StreamOwned::new(connection, tcp.expect("a connection"));
                let request = read_bytes(&mut client);
                let Some(line) = request.iter().position(|byte| *byte == b'\n') else { return };
                let mut server = TcpStream::connect(address).expect("a server");
                let (line, rest) = request.split_at(line + 1);
                let request = [line, b"Connection: close\r\n", rest].concat();
                server.write_all(&request).expect("the server reads");
                let mut answer = Vec::new();
                server.read_to_end(&mut answer).expect("an answer");
                drop(client.write_all(&answer).and_then(|()| client.flush()));
                client.conn.send_close_notify();
                drop(client.flush());
            });
        }
    });
    url
}

fn read_request(stream: &mut impl Read) -> String {
    String::from_utf8_lossy(&read_bytes(stream)).into_owned()
}

fn read_bytes(stream: &mut impl Read) -> Vec<u8> {
    let mut text = Vec::new();
    let mut byte = [0];
    let mut length = 0;
    while stream.read(&mut byte).is_ok_and(|count| count == 1) {
        text.push(byte[0]);
        if text.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&text).to_lowercase();
            let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            length = line.map_or(0, |line| line.parse().expect("a length"));
            break;
        }
    }
    let mut body = vec![0; length];
    drop(stream.read_exact(&mut body));
    [text, body].concat()
}
