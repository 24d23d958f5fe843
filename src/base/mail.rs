//! Mail: the one door to mail servers, by SMTP.

use std::{fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{Certificate, SmtpConnection, TlsParameters},
        extension::ClientId,
    },
};

use super::{
    environment::Secret,
    hash::sha256_hex,
    http::{Url, is_loopback},
};

/// How long a mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the start.
    Tls,
    /// By STARTTLS after the greeting; a server without STARTTLS is refused.
    StartTls,
    /// Not at all, on this machine.
    None,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
    encryption: Encryption,
}

impl FromStr for MailServer {
    type Err = &'static str;

    /// Reads `smtps://host`, with TLS from the start, or `smtp://host`, with STARTTLS except on this machine. A port may follow.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it is not of the form `smtps://host` or `smtp://host`";
        let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
        let is_tls = match scheme {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(FORM),
        };
        // Hosts are read as those of the web, where an address of the machine is known.
        let url = Url::parse(&format!("https://{rest}")).map_err(|_| FORM)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err("it has more than a host and a port");
        }
        let encryption = match is_tls {
            true => Encryption::Tls,
            false if is_loopback(&url) => Encryption::None,
            false => Encryption::StartTls,
        };
        let usual = match encryption {
            Encryption::Tls => SUBMISSIONS_PORT,
            Encryption::StartTls => SUBMISSION_PORT,
            Encryption::None => SMTP_PORT,
        };
        // `Url` drops the port 443 of an `https` address, so it is read from the text.
        let port =
            if rest.trim_end_matches('/').ends_with(":443") { Some(443) } else { url.port() };
        let host = url.host_str().ok_or(FORM)?.to_owned();
        Ok(Self { host, port: port.unwrap_or(usual), encryption })
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// How a mail server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAccess {
    /// The server.
    pub server: MailServer,
    /// The account on it, and its password.
    pub account: Option<(String, Secret)>,
    /// The certificate authority of the server, as a PEM text, in addition to the system's.
    pub ca: Option<Secret>,
}

/// A mail to one person.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// Who sends it: an address, which may have a name before it.
    pub from: &'a str,
    /// Who gets it: an address.
    pub to: &'a str,
    /// Its subject, in one line.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What no other mail has.
    pub id: &'a str,
    /// Its time.
    pub time: Timestamp,
}

/// Why a mail was not sent, or why it is not known whether it was.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address cannot be one of mail.
    #[error("`{0}` is not an address of mail")]
    Address(String),
    /// The server cannot be reached, or did not take the mail.
    #[error("the mail server {server} {message}")]
    Refused {
        /// Its host and port.
        server: String,
        /// The rest of a sentence.
        message: String,
    },
    /// The server did not say whether it took the mail.
    #[error("the mail server {server} did not say whether it took the mail: {message}")]
    Unknown {
        /// Its host and port.
        server: String,
        /// What happened.
        message: String,
    },
}

impl MailError {
    /// Whether the mail may have been sent.
    pub fn may_be_sent(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

/// Whether a text is an address of mail, which may have a name before it: `Portal <portal@acme.example>`.
pub fn is_address(text: &str) -> bool {
    mailbox(text).is_ok()
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|_| MailError::Address(text.to_owned()))
}

impl MailAccess {
    /// Signs in, and sends nothing.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses the account.
    pub fn verify(&self) -> Result<(), MailError> {
        self.connect().map(|mut connection| drop(connection.quit()))
    }

    /// Sends a mail once.
    ///
    /// # Errors
    /// It was not sent, or nobody knows.
    pub fn send(&self, mail: &Mail<'_>) -> Result<(), MailError> {
        let message = message(mail)?;
        let mut connection = self.connect()?;
        let sent = connection.send(message.envelope(), &message.formatted());
        match sent {
            Ok(_) => {
                drop(connection.quit());
                Ok(())
            }
            Err(error) if error.status().is_some() || error.is_client() => {
                Err(self.refused("did not take the mail", &error))
            }
            Err(error) => {
                Err(MailError::Unknown { server: self.server.to_string(), message: cause(&error) })
            }
        }
    }

    fn connect(&self) -> Result<SmtpConnection, MailError> {
        let failed = |error| self.refused("cannot be reached", &error);
        let MailServer { host, port, encryption } = &self.server;
        let tls = match encryption {
            Encryption::None => None,
            _ => Some(self.tls().map_err(failed)?),
        };
        let first = tls.as_ref().filter(|_| *encryption == Encryption::Tls);
        let name = ClientId::default();
        let address = (host.trim_matches(['[', ']']), *port);
        let mut connection =
            SmtpConnection::connect(address, Some(PATIENCE), &name, first, None).map_err(failed)?;
        if let Some(tls) = tls.filter(|_| *encryption == Encryption::StartTls) {
            connection.starttls(&tls, &name).map_err(failed)?;
        }
        if let Some((user, password)) = &self.account {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            connection
                .auth(DEFAULT_MECHANISMS, &credentials)
                .map_err(|error| self.refused(&format!("does not let `{user}` in"), &error))?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder = TlsParameters::builder(self.server.host.clone());
        if let Some(ca) = &self.ca {
            builder = builder.add_root_certificate(Certificate::from_pem(ca.reveal().as_bytes())?);
        }
        builder.build_rustls()
    }

    fn refused(&self, what: &str, error: &lettre::transport::smtp::Error) -> MailError {
        let message = format!("{what}: {}", cause(error));
        MailError::Refused { server: self.server.to_string(), message }
    }
}

/// What an error is, with its causes.
fn cause(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

fn message(mail: &Mail<'_>) -> Result<Message, MailError> {
    let Mail { from, to, subject, text, id, time } = *mail;
    let from = mailbox(from)?;
    // Two mails of the same id are one for whoever reads them.
    let id = format!("<{}@{}>", &sha256_hex(id.as_bytes())[..32], from.email.domain());
    let header = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    Message::builder()
        .from(from)
        .to(mailbox(to)?)
        .subject(subject)
        .date(time.into())
        .message_id(Some(id))
        // Nobody's machine answers it (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .header(ContentType::TEXT_PLAIN)
        .body(text.to_owned())
        .map_err(|_| MailError::Address(to.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use callboard_testing::FakeMail;
    use rcgen::generate_simple_self_signed;
    use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};

    use super::*;

    const MAIL: Mail<'_> = Mail {
        from: "Le Portail é <portal@acme.example>",
        to: "ann@acme.example",
        subject: "cart is applied\r\nBcc: all@acme.example",
        text: "Ready.\n.\nhttps://acme.example/é",
        id: "cart/run",
        time: Timestamp::UNIX_EPOCH,
    };

    fn access(address: &str) -> MailAccess {
        let account = Some(("portal".to_owned(), Secret::new("secret 1")));
        MailAccess { server: address.parse().expect("a server"), account, ca: None }
    }

    #[test]
    fn servers_are_read_with_their_ports() {
        for (text, expected) in [
            ("smtps://mail.acme.example", Ok(("mail.acme.example:465", Encryption::Tls))),
            ("smtps://mail.acme.example:443", Ok(("mail.acme.example:443", Encryption::Tls))),
            ("smtp://mail.acme.example", Ok(("mail.acme.example:587", Encryption::StartTls))),
            ("smtp://mail.acme.example:25/", Ok(("mail.acme.example:25", Encryption::StartTls))),
            ("smtp://127.0.0.1:2525", Ok(("127.0.0.1:2525", Encryption::None))),
            ("smtp://[::1]", Ok(("[::1]:25", Encryption::None))),
            ("mail.acme.example", Err("form")),
            ("https://mail.acme.example", Err("form")),
            ("smtp://u:p@mail.acme.example", Err("more than")),
            ("smtp://mail.acme.example/x", Err("more than")),
        ] {
            match (text.parse::<MailServer>(), expected) {
                (Ok(server), Ok((shown, encryption))) => {
                    assert_eq!(
                        (server.to_string(), server.encryption),
                        (shown.to_owned(), encryption)
                    );
                }
                (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_mail_is_sent_once_with_the_account() {
        let server = FakeMail::new();
        access(&server.address).send(&MAIL).expect("sent");
        let [mail] = &server.mails()[..] else { panic!("{:?}", server.mails()) };
        assert_eq!(mail.account, "portal secret 1");
        assert_eq!(
            (&*mail.from, &*mail.to),
            ("portal@acme.example", &["ann@acme.example".to_owned()][..])
        );
        let head = mail.text.split("\r\n\r\n").next().expect("headers");
        let has = |line: &str| head.lines().any(|found| found == line);
        assert!(
            has("Date: Thu, 01 Jan 1970 00:00:00 +0000") && has("To: ann@acme.example"),
            "{head}"
        );
        assert!(has("Auto-Submitted: auto-generated"), "{head}");
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        let again = FakeMail::new();
        access(&again.address).send(&MAIL).expect("sent");
        assert_eq!(again.mails()[0].text, mail.text, "it is the same mail");
    }

    #[test]
    fn what_a_server_refuses_is_not_sent_and_what_it_does_not_answer_may_be() {
        for (server, part, may_be_sent) in [
            (FakeMail::refusing("AUTH"), "does not let `portal` in", false),
            (FakeMail::refusing("RCPT"), "did not take the mail", false),
            (FakeMail::refusing("DATA"), "did not take the mail", false),
            (FakeMail::silent(), "did not say whether it took the mail", true),
        ] {
            let error = access(&server.address).send(&MAIL).expect_err("refused");
            assert_eq!(error.may_be_sent(), may_be_sent, "{error}");
            assert!(error.to_string().contains(part), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let error = access("smtp://127.0.0.1:1").send(&MAIL).expect_err("nobody is there");
        assert!(error.to_string().contains("cannot be reached") && !error.may_be_sent(), "{error}");
    }

    #[test]
    fn a_certificate_of_nobody_is_refused() {
        let made =
            generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a server");
        let server = FakeMail::with_tls(Arc::new(config));
        let mut access = access(&server.address.replace("127.0.0.1", "localhost"));
        let error = access.verify().expect_err("an unknown authority").to_string();
        assert!(error.contains("cannot be reached"), "{error}");
        assert_eq!(server.mails().len(), 0);
        access.ca = Some(Secret::new(made.cert.pem()));
        access.verify().expect("a known authority");
        access.send(&MAIL).expect("sent");
        assert_eq!(server.mails().len(), 1);
    }

    #[test]
    fn addresses_of_mail_may_have_names() {
        for (text, expected) in [
            ("ann@acme.example", true),
            ("Portal <portal@acme.example>", true),
            ("Ann", false),
            ("a@b\r\nBcc: c@d", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }
}
