//! The transport of git over HTTPS, by the program's own HTTP client.
//!
//! libgit2 is built without TLS, so that the build needs no OpenSSL. It implements the smart protocol
//! (<https://git-scm.com/docs/http-protocol>); this module sends its requests. Credentials and limits
//! of one fetch, which libgit2 cannot pass to a transport, are in a thread-local [`Session`].

use std::{
    cell::RefCell,
    io::{self, Read, Write},
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
    time::{Duration, Instant},
};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use reqwest::blocking::{RequestBuilder, Response};

pub use super::access::{Credential, add_authorities, add_credential, trust};
use super::access::{credential_of, is_trusted};
use super::{clients, server_time};
use crate::base::{
    environment::{Redactor, Secret},
    http::{self, Url},
    refusal,
    text::shorten,
};

/// Which credential a fetch sends.
#[derive(Debug, Clone)]
pub enum Access {
    /// This one or none, to the server of the address only.
    Given(Option<Credential>),
    /// That of the origin ([`add_credential`]), or the process's token where the server is trusted ([`trust`]).
    OfOrigin,
}

/// The credential, the limits and the result of the fetch that a thread makes.
pub(super) struct Session {
    /// The only server that a given credential is sent to.
    pub(super) origin: url::Origin,
    /// The credential.
    pub(super) access: Access,
    /// The end of the time limit.
    pub(super) deadline: Instant,
    /// Bytes that may still be received.
    pub(super) left: u64,
    /// Why the fetch was interrupted.
    pub(super) interruption: Option<Interruption>,
}

/// Why a fetch was interrupted. libgit2 returns only a text for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    /// The status of a response was not a success.
    Status(u16),
    /// The limit of bytes was exceeded.
    TooLarge,
    /// The time limit was exceeded.
    TimedOut,
}

/// A session that its thread shares with the streams of libgit2.
#[derive(Clone)]
pub(super) struct SharedSession(Arc<Mutex<Session>>);

impl SharedSession {
    pub(super) fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(session)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    static SESSION: RefCell<Option<SharedSession>> = const { RefCell::new(None) };
}

/// Calls a function with a session, whose credential is used instead of the process's token.
pub(super) fn during<T>(session: &SharedSession, act: impl FnOnce() -> T) -> T {
    struct SessionGuard;
    impl Drop for SessionGuard {
        fn drop(&mut self) {
            SESSION.set(None);
        }
    }
    SESSION.set(Some(session.clone()));
    let _end = SessionGuard;
    act()
}

/// Makes libgit2 use this transport for `https://` and `http://`, and sends `token` as the password of
/// the user `x-access-token`, as GitHub, GitLab and Gitea accept it; only to servers that are trusted
/// ([`trust`]), and never without TLS, except to this machine. Only the first call counts.
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
        let client = clients::of(&url).map_err(|e| broken(e.to_string()))?;
        let request = if is_advertisement {
            client.get(format!("{base}/info/refs?service={service}"))
        } else {
            client
                .post(format!("{base}/{service}"))
                .header("Content-Type", format!("application/x-{service}-request"))
                .header("Accept", format!("application/x-{service}-result"))
        };
        let session = SESSION.with_borrow(Clone::clone);
        let given = session.as_ref().and_then(|session| match &*session.lock() {
            Session { access: Access::Given(given), origin, .. } => {
                Some(given.clone().filter(|_| url.origin() == *origin))
            }
            Session { access: Access::OfOrigin, .. } => None,
        });
        let credential = given.unwrap_or_else(|| {
            credential_of(&url).or_else(|| {
                let token = self.token.as_ref().clone().filter(|_| is_trusted(&url));
                token.map(Credential::token)
            })
        });
        let credential = credential.filter(|_| may_have_token(&url));
        let request = Some(request);
        Ok(Box::new(Stream { url, request, credential, sent: Vec::new(), received: None, session }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

/// What an error says before the status of a response. libgit2 keeps only the text of an error.
const ANSWERED: &str = "the git server answered ";

/// The status of the response behind an error, when the server refused a request.
pub(super) fn refused_status(error: &git2::Error) -> Option<u16> {
    let (_, rest) = error.message().split_once(ANSWERED)?;
    rest.get(..3)?.parse().ok()
}

/// Most bytes of a refusal that are read, and that are shown.
const MOST_SAID: u64 = 4096;
const SHOWN: usize = 300;

/// Whether a token may be sent: only with TLS, or to this machine.
fn may_have_token(url: &Url) -> bool {
    url.scheme() == "https" || http::is_loopback(url)
}

/// A request: writes append to its body, and the first read sends it.
struct Stream {
    url: Url,
    request: Option<RequestBuilder>,
    credential: Option<Credential>,
    sent: Vec<u8>,
    received: Option<Response>,
    session: Option<SharedSession>,
}

impl Stream {
    fn send(&mut self) -> io::Result<Response> {
        let request = self.request.take().ok_or_else(|| io::Error::other("sent already"))?;
        let request = request.body(std::mem::take(&mut self.sent));
        let again = request.try_clone();
        let (mut response, mut sent_with) = self.exchange(request)?;
        if response.status().as_u16() == 401
            && let (Some(again), Some(credential)) = (again, &self.credential)
            && sent_with.as_ref().is_some_and(|password| credential.refused(password))
        {
            (response, sent_with) = self.exchange(again)?;
        }
        server_time::note(response.url(), response.headers());
        let status = response.status();
        if !status.is_success() {
            let said = self.said(response, sent_with.as_ref());
            drop(self.interrupt(Interruption::Status(status.as_u16())));
            let hint = match status.as_u16() {
                300..=399 => "",
                _ if let Some(meaning) = refusal::meaning(&said) => &format!("; {meaning}"),
                401 | 403 => {
                    "; is the credential of this server set (`CALLBOARD_GIT_TOKEN`, or `credentials` of the settings), and may it do this?"
                }
                404 => "; does the repository exist, and may the token see it?",
                _ => "",
            };
            let said = if said.is_empty() { said } else { format!(": {said}") };
            return Err(io::Error::other(format!("{ANSWERED}{status}{said}{hint}")));
        }
        Ok(response)
    }

    /// What a refusal says: where a redirect leads, or the beginning of a text. The password is replaced in it.
    fn said(&self, response: Response, password: Option<&Secret>) -> String {
        let redactor = Redactor::new(password.cloned());
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if response.status().is_redirection() {
            let repository = |address: &str| {
                let end = address.find("/info/refs").or_else(|| address.find("/git-"));
                address[..end.unwrap_or(address.len())].to_owned()
            };
            let to = header("location").and_then(|to| self.url.join(to).ok());
            let to = to.map(|to| redactor.redact(&repository(&http::shown(&to))));
            return refusal::moved(&http::shown(&self.url), to.as_deref());
        }
        if !header("content-type").is_some_and(|kind| kind.starts_with("text/plain")) {
            return String::new();
        }
        let mut text = Vec::new();
        drop(response.take(MOST_SAID).read_to_end(&mut text));
        let text = String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        shorten(&redactor.redact(&text), SHOWN).into_owned()
    }

    /// Sends a request; returns the password that it was sent with.
    fn exchange(&self, request: RequestBuilder) -> io::Result<(Response, Option<Secret>)> {
        let (request, password) = match &self.credential {
            Some(credential) => {
                let password = credential.password(&self.url)?;
                (request.basic_auth(&credential.username, Some(password.reveal())), Some(password))
            }
            None => (request, None),
        };
        let request = match self.remaining()? {
            Some(remaining) => request.timeout(remaining),
            None => request,
        };
        match request.send() {
            Ok(response) => Ok((response, password)),
            Err(error) if error.is_timeout() => Err(self.interrupt(Interruption::TimedOut)),
            Err(error) => Err(io::Error::other(error.without_url())),
        }
    }

    /// The remaining time, when there is a limit.
    fn remaining(&self) -> io::Result<Option<Duration>> {
        let Some(session) = &self.session else { return Ok(None) };
        let remaining = session.lock().deadline.checked_duration_since(Instant::now());
        remaining.map(Some).ok_or_else(|| self.interrupt(Interruption::TimedOut))
    }

    /// Records why the fetch is interrupted.
    fn interrupt(&self, interruption: Interruption) -> io::Error {
        if let Some(session) = &self.session {
            session.lock().interruption = Some(interruption);
        }
        io::Error::other(format!("{interruption:?}"))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut response = match self.received.take() {
            Some(response) => response,
            None => self.send()?,
        };
        self.remaining()?;
        let read = response.read(buffer).map_err(|error| {
            let is_timeout = error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>());
            match is_timeout.is_some_and(reqwest::Error::is_timeout) {
                true => self.interrupt(Interruption::TimedOut),
                false => io::Error::other(error.to_string()),
            }
        })?;
        self.received = Some(response);
        if let Some(session) = &self.session {
            let left = session.lock().left.checked_sub(read as u64);
            let left = left.ok_or_else(|| self.interrupt(Interruption::TooLarge))?;
            session.lock().left = left;
        }
        Ok(read)
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
