//! TCP connections of `serve`: their number is limited, and one whose client sends nothing is closed.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// Longest time until the head of a request is complete, idle time before it included.
const HEAD: Duration = Duration::from_secs(15);
/// Most open connections; further ones wait.
const MOST: usize = 512;
/// Pause after a failed accept, such as when the process has no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the process ends. A client has [`HEAD`] for each request.
pub(super) async fn answer(listener: TcpListener, app: Router) {
    answer_within(listener, app, HEAD).await;
}

async fn answer_within(listener: TcpListener, app: Router, head: Duration) {
    let places = Arc::new(Semaphore::new(MOST));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(app.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .serve_connection(TokioIo::new(stream), service);
        // Clients that disconnect or time out are not reported.
        drop(tokio::spawn(async move {
            drop(connection.await);
            drop(place);
        }));
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_or_half_a_request_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().fallback(async || "here");
        let server = tokio::spawn(answer_within(listener, app, Duration::from_millis(50)));
        let whole = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for request in ["", "GET", "GET / HTTP/1.1\r\nHost: localhost\r\n", whole] {
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            // Reading ends when the server closes the connection, after a whole request, too.
            stream.read_to_string(&mut answer).await.expect("an end");
            assert_eq!(answer.contains("here"), request == whole, "{answer}");
        }
        server.abort();
    }
}
