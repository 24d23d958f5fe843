//! Private authorities and client certificates.

use std::{io::Read, sync::Arc, thread};

use callboard_testing::{JSON, Server, loopback, say};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};

use super::{
    super::{Client, Reason, Request, Tls, TlsError},
    UnpacedClient, request,
};
use crate::base::environment::Secret;

/// An authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("valid");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn pem(&self) -> Secret {
        Secret::new(self.0.pem())
    }

    /// A certificate for this name, and its key.
    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("valid");
        (params.signed_by(&key, &self.0).expect("a certificate"), key)
    }

    /// A client's certificate and key, as PEM.
    fn identity(&self) -> (Secret, Secret) {
        let (certificate, key) = self.issue("client.example");
        (Secret::new(certificate.pem()), Secret::new(key.serialize_pem()))
    }

    /// A server of this authority, which may demand client certificates of it.
    fn server(&self, name: &str, demands_certificate: bool, location: Option<&str>) -> Server {
        super::super::tls::install();
        let (certificate, key) = self.issue(name);
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("an authority");
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier");
        let builder = match demands_certificate {
            true => ServerConfig::builder().with_client_cert_verifier(verifier),
            false => ServerConfig::builder().with_no_client_auth(),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = builder.with_single_cert(vec![certificate.der().clone()], key);
        let location = location.map(|location| format!("Location: {location}"));
        Server::with_tls(Arc::new(config.expect("a server")), move |_, _, to| match &location {
            Some(location) => say(to, "302 Found", &[location], ""),
            None => say(to, "200 OK", &[JSON], "[]"),
        })
    }
}

fn client(tls: &Tls) -> Client {
    UnpacedClient::new().client.with_tls(tls).expect("valid certificates")
}

/// Reads, and returns the message (without the URL) and the hint of what fails.
async fn reads(tls: &Tls, server: &Server) -> Result<(), (String, String)> {
    let answer = client(tls).get(&request(&server.url)).await;
    answer.map(drop).map_err(|error| {
        assert_eq!(error.attempts, 1, "another attempt does not help: {error}");
        let message = error.to_string().replace(server.url.as_str(), "URL");
        (message, error.hint().unwrap_or_default().to_owned())
    })
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given() {
    let (authority, other) = (Authority::new("ours"), Authority::new("theirs"));
    let server = authority.server("localhost", false, None);
    let bundle = Secret::new(format!("# ours\n{}\n{}", other.pem().reveal(), authority.0.pem()));
    assert_eq!(reads(&Tls { ca: Some(bundle), identity: None }, &server).await, Ok(()));
    for ca in [None, Some(other.pem())] {
        let (message, hint) =
            reads(&Tls { ca, identity: None }, &server).await.expect_err("unknown");
        assert_eq!(
            message,
            "GET URL: no secure connection: invalid peer certificate: UnknownIssuer"
        );
        assert!(hint.contains("`tls.ca`"), "{hint}");
    }
    let tls = Tls { ca: Some(authority.pem()), identity: None };
    let elsewhere = authority.server("elsewhere.example", false, None);
    let (message, hint) = reads(&tls, &elsewhere).await.expect_err("another name");
    assert!(message.contains("not valid for name") && hint.is_empty(), "{message} {hint}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_the_server_that_asks() {
    let (authority, other) = (Authority::new("ours"), Authority::new("theirs"));
    let server = authority.server("localhost", true, None);
    let with = |identity| Tls { ca: Some(authority.pem()), identity };
    assert_eq!(reads(&with(Some(authority.identity())), &server).await, Ok(()));
    let (certificate, key) = authority.identity();
    let both = Secret::new(format!("{}{}", key.reveal(), certificate.reveal()));
    assert_eq!(reads(&with(Some((both.clone(), both))), &server).await, Ok(()));
    for identity in [None, Some(other.identity())] {
        let (message, hint) = reads(&with(identity), &server).await.expect_err("refused");
        assert!(message.starts_with("GET URL: no secure connection: "), "{message}");
        assert!(hint.contains("`tls.certificate`"), "{message}: {hint}");
    }
}

#[tokio::test]
async fn a_listed_host_does_not_see_the_client_certificate() {
    let authority = Authority::new("ours");
    let there = authority.server("localhost", true, None);
    let here = authority.server("localhost", true, Some(there.url.as_str()));
    let tls = Tls { ca: Some(authority.pem()), identity: Some(authority.identity()) };
    let request = Request { hosts: vec![there.host()], ..request(&here.url) };
    let error = client(&tls).get(&request).await.expect_err("refused");
    assert!(matches!(error.reason, Reason::Tls { .. }), "{error}");
    assert_eq!((here.requests().len(), there.requests().len()), (1, 0));
}

#[tokio::test]
async fn encryption_is_never_left() {
    let plain = Server::new(|_, _, to| say(to, "200 OK", &[JSON], "[]"));
    let authority = Authority::new("ours");
    let server = authority.server("localhost", false, Some(plain.url.as_str()));
    let mut request = request(&server.url);
    request.hosts = vec![plain.host()];
    let tls = Tls { ca: Some(authority.pem()), identity: None };
    let error = client(&tls).get(&request).await.expect_err("refused");
    assert_eq!(error.reason, Reason::Downgrade(plain.url.to_string()));
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn https_to_a_port_without_it_is_said() {
    let (listener, url) = loopback("https");
    thread::spawn(move || {
        let (mut tcp, _) = listener.accept().expect("a connection");
        drop(tcp.read(&mut [0; 4096]));
        say(&mut tcp, "400 Bad Request", &[], "");
    });
    let error = UnpacedClient::new().client.get(&request(&url)).await.expect_err("no TLS");
    assert_eq!(error.hint(), Some("does this port speak https?"), "{error}");
}

#[test]
fn certificates_that_cannot_be_used_are_told_without_quoting_them() {
    let authority = Authority::new("ours");
    let (certificate, key) = authority.identity();
    let (_, other_key) = authority.identity();
    let problem = |ca: Option<&str>, identity: Option<(&str, &str)>| {
        let ca = ca.map(Secret::new);
        let identity = identity.map(|(c, k)| (Secret::new(c), Secret::new(k)));
        let error: TlsError = match UnpacedClient::new().client.with_tls(&Tls { ca, identity }) {
            Ok(_) => panic!("accepted"),
            Err(error) => error,
        };
        error.to_string()
    };
    let (good, key, other_key) = (certificate.reveal(), key.reveal(), other_key.reveal());
    let no_certificate = "has no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)";
    let no_key = "`tls.key` has no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)";
    assert_eq!(problem(Some("hunter2"), None), format!("`tls.ca` {no_certificate}"));
    assert_eq!(problem(Some(key), None), format!("`tls.ca` {no_certificate}"));
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    assert_eq!(problem(Some(broken), None), "`tls.ca` is PEM that cannot be read");
    let empty = "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n";
    let second = format!("{good}{empty}");
    assert_eq!(problem(Some(&second), None), "`tls.ca` has an invalid certificate, number 2");
    let swapped = problem(None, Some((key, good)));
    assert_eq!(swapped, format!("`tls.certificate` {no_certificate}"));
    assert_eq!(problem(None, Some((good, "hunter2"))), no_key);
    assert_eq!(problem(None, Some((good, good))), no_key);
    assert_eq!(
        problem(None, Some((good, other_key))),
        "`tls.key` is not the key of `tls.certificate`"
    );
    assert_eq!(problem(None, Some((empty, key))), "`tls.certificate` has an invalid certificate");
    let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    assert_eq!(
        problem(None, Some((good, &encrypted))),
        "`tls.key` is encrypted: a key without a pass phrase is needed"
    );
}
