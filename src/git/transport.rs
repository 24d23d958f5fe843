//! Git over HTTPS through the program's own HTTP client.
//!
//! libgit2 is built without TLS, because OpenSSL is not on a machine that only has Rust. It speaks the
//! smart protocol (<https://git-scm.com/docs/http-protocol>); this module carries its requests.

use std::{
    io::{self, Cursor, Read, Write},
    sync::{Arc, Once},
};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use reqwest::blocking::RequestBuilder;

use crate::base::{
    environment::Secret,
    http::{self, Url},
};

/// Makes libgit2 use this transport for `https://` and `http://`, and sends `token` as the password of
/// the user `x-access-token`, as GitHub, GitLab and Gitea take it; never without TLS, except to this
/// machine. Only the first call counts.
///
/// # Errors
/// When libgit2 refuses.
pub fn register(token: Option<Secret>) -> Result<(), git2::Error> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        let token = Arc::new(token);
        let mut schemes = ["https", "http"].iter();
        result = schemes.try_for_each(|scheme| register_scheme(scheme, &token));
    });
    result
}

#[expect(unsafe_code, reason = "libgit2's registry is not synchronised: see SAFETY")]
fn register_scheme(scheme: &str, token: &Arc<Option<Secret>>) -> Result<(), git2::Error> {
    let token = Arc::clone(token);
    let factory = move |remote: &git2::Remote<'_>| {
        Transport::smart(remote, true, Subtransport { token: Arc::clone(&token) })
    };
    // SAFETY: the registry must not change while another thread uses it. `register` runs at most once,
    // at the start of the program, before any repository is opened.
    unsafe { git2::transport::register(scheme, factory) }
}

struct Subtransport {
    token: Arc<Option<Secret>>,
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
        let broken = |e: String| git2::Error::from_str(&e);
        let base = url.trim_end_matches('/');
        let url = Url::parse(base).map_err(|e| broken(e.to_string()))?;
        let client = http::git_client(&url).map_err(|e| broken(e.to_string()))?;
        let request = if is_advertisement {
            client.get(format!("{base}/info/refs?service={service}"))
        } else {
            client
                .post(format!("{base}/{service}"))
                .header("Content-Type", format!("application/x-{service}-request"))
                .header("Accept", format!("application/x-{service}-result"))
        };
        let request = match self.token.as_ref() {
            Some(token) if may_have_token(&url) => {
                request.basic_auth("x-access-token", Some(token.reveal()))
            }
            _ => request,
        };
        Ok(Box::new(Stream { request: Some(request), sent: Vec::new(), received: None }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

/// A token travels under TLS, or stays on this machine.
fn may_have_token(url: &Url) -> bool {
    url.scheme() == "https" || http::is_loopback(url)
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
                401 | 403 => "; is `CALLBOARD_GIT_TOKEN` set, and may it do this?",
                404 => "; does the repository exist, and may the token see it?",
                _ => "",
            };
            return Err(io::Error::other(format!("the git server answered {status}{hint}")));
        }
        response
            .bytes()
            .map(|b| Cursor::new(b.to_vec()))
            .map_err(|e| io::Error::other(e.without_url()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_travels_in_the_clear() {
        let may = |url| may_have_token(&Url::parse(url).expect("a URL"));
        assert!(may("https://forge.example/a.git"));
        assert!(may("http://127.0.0.1:80/a.git") && may("http://localhost/a"));
        assert!(!may("http://forge.example/a.git"));
    }
}
