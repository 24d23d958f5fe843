//! Git over HTTPS through the program's own HTTP client.
//!
//! libgit2 is built without TLS, because OpenSSL is not on a machine that only has Rust. It speaks the
//! smart protocol (<https://git-scm.com/docs/http-protocol>); this module carries its requests.

use std::{
    io::{self, Cursor, Read, Write},
    sync::{Arc, Once},
    time::Duration,
};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use reqwest::blocking::{Client, RequestBuilder};

use crate::base::environment::Secret;

/// How long one request may take: a push sends everything in one.
const TIMEOUT: Duration = Duration::from_mins(10);

/// Makes libgit2 use this transport for `https://` and `http://`, and sends `token` as the password of
/// the user `x-access-token`, as GitHub, GitLab and Gitea take it. Only the first call counts.
///
/// # Errors
/// When there is no TLS or libgit2 refuses.
pub fn register(client: Client, token: Option<Secret>) -> Result<(), git2::Error> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        let access = Arc::new(Access { client, token });
        result = ["https", "http"].iter().try_for_each(|scheme| register_scheme(scheme, &access));
    });
    result
}

#[expect(unsafe_code, reason = "libgit2's registry of transports is not synchronised: see SAFETY")]
fn register_scheme(scheme: &str, access: &Arc<Access>) -> Result<(), git2::Error> {
    let access = Arc::clone(access);
    let factory = move |remote: &git2::Remote<'_>| {
        Transport::smart(remote, true, Subtransport { access: Arc::clone(&access) })
    };
    // SAFETY: the registry must not change while another thread uses it. `register` runs at most once,
    // at the start of the program, before any repository is opened.
    unsafe { git2::transport::register(scheme, factory) }
}

struct Access {
    client: Client,
    token: Option<Secret>,
}

struct Subtransport {
    access: Arc<Access>,
}

impl SmartSubtransport for Subtransport {
    fn action(
        &self,
        url: &str,
        action: Service,
    ) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        let (service, is_advertisement) = match action {
            Service::UploadPackLs => ("git-upload-pack", true),
            Service::UploadPack => ("git-upload-pack", false),
            Service::ReceivePackLs => ("git-receive-pack", true),
            Service::ReceivePack => ("git-receive-pack", false),
        };
        let base = url.trim_end_matches('/');
        let client = &self.access.client;
        let request = if is_advertisement {
            client.get(format!("{base}/info/refs?service={service}"))
        } else {
            client
                .post(format!("{base}/{service}"))
                .header("Content-Type", format!("application/x-{service}-request"))
                .header("Accept", format!("application/x-{service}-result"))
        };
        let request = request.timeout(TIMEOUT);
        let request = match &self.access.token {
            Some(token) => request.basic_auth("x-access-token", Some(token.reveal())),
            None => request,
        };
        Ok(Box::new(Stream { request: Some(request), sent: Vec::new(), received: None }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

/// One request: what is written is its body, the first read sends it.
struct Stream {
    request: Option<RequestBuilder>,
    sent: Vec<u8>,
    received: Option<Cursor<Vec<u8>>>,
}

impl Stream {
    fn send(&mut self) -> io::Result<Cursor<Vec<u8>>> {
        let request = self.request.take().ok_or_else(|| io::Error::other("sent already"))?;
        let response = request
            .body(std::mem::take(&mut self.sent))
            .send()
            .map_err(|e| io::Error::other(e.without_url()))?;
        let status = response.status();
        if !status.is_success() {
            let hint = match status.as_u16() {
                401 | 403 => "; is the token set, and may it do this?",
                404 => "; does the repository exist, and may the token see it?",
                _ => "",
            };
            return Err(io::Error::other(format!("the git server answered {status}{hint}")));
        }
        response.bytes().map(|b| Cursor::new(b.to_vec())).map_err(|e| io::Error::other(e.without_url()))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.received.is_none() {
            self.received = Some(self.send()?);
        }
        self.received.as_mut().map_or(Ok(0), |received| received.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
