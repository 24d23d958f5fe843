//! The client against servers on loopback.

mod faults;
mod oauth;
mod redirects;
mod tls;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Client, Request, Url, header};

/// A client that does not pause: it records the pauses, and the test sets its clock.
struct UnpacedClient {
    client: Client,
    pauses: Arc<Mutex<Vec<Duration>>>,
    seconds: Arc<AtomicU64>,
}

impl UnpacedClient {
    fn new() -> Self {
        let pauses: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let seconds: Arc<AtomicU64> = Arc::default();
        let (noted, clock) = (Arc::clone(&pauses), Arc::clone(&seconds));
        let client = Client::with_time(
            Arc::new(move |pause| {
                noted.lock().expect("no panic").push(pause);
                Duration::ZERO
            }),
            Arc::new(move || Duration::from_secs(clock.load(Ordering::SeqCst))),
        )
        .expect("a client");
        Self { client, pauses, seconds }
    }

    fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().expect("no panic").clone()
    }

    fn at(&self, second: u64) {
        self.seconds.store(second, Ordering::SeqCst);
    }
}

/// A request with a secret header and two retries.
fn request(url: &Url) -> Request {
    let mut request = Request { retries: 2, ..Request::new(url.clone()) };
    let (name, value) = header("x-api-key", "hunter2").expect("valid");
    request.headers.insert(name, value);
    request
}
