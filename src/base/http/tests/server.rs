//! Servers that say what a test wants, byte by byte, over TCP or TLS.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

/// A server on loopback, one connection for each request.
pub(super) struct Server {
    pub(super) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves what `answer` writes to the request with this number, from 0, and this text.
    pub(super) fn new(
        answer: impl Fn(usize, &str, &mut dyn Write) + Send + Sync + 'static,
    ) -> Self {
        Self::start("http", answer, Some)
    }

    /// The same over TLS. A client whose certificate is refused is heard out, so that it hears why.
    pub(super) fn with_tls(
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
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = Url::parse(&format!("{scheme}://localhost:{port}/")).expect("a URL");
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

    /// What came in so far: head and body, header names in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Its `name:port`.
    pub(super) fn host(&self) -> String {
        format!("localhost:{}", self.url.port().expect("a port"))
    }
}

/// Closes every connection at once, before its request was read, which resets it.
pub(super) fn resetting(times: usize, then: &'static str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for (number, tcp) in listener.incoming().enumerate() {
            let Ok(mut tcp) = tcp else { return };
            drop(tcp.peek(&mut [0]));
            if number >= times {
                read_request(&mut tcp);
                drop(tcp.write_all(&answer("200 OK", &[JSON], then.as_bytes())));
            }
        }
    });
    Url::parse(&format!("http://localhost:{port}/")).expect("a URL")
}

/// The header of JSON.
pub(super) const JSON: &str = "Content-Type: application/json";

/// A whole answer.
pub(super) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// Writes a whole answer; the client may have gone.
pub(super) fn say(to: &mut dyn Write, status: &str, headers: &[&str], body: &str) {
    drop(to.write_all(&answer(status, headers, body.as_bytes())).and_then(|()| to.flush()));
}

fn read_request(stream: &mut impl Read) -> String {
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
    String::from_utf8_lossy(&[text, body].concat()).into_owned()
}
