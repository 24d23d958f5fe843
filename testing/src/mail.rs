//! A mail server that keeps what it is sent.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::loopback;

/// A mail server on loopback. It runs until the tests end.
#[derive(Debug)]
pub struct FakeMail {
    /// Its address, such as `smtp://127.0.0.1:40123`.
    pub address: String,
    mails: Arc<Mutex<Vec<ReceivedMail>>>,
}

/// A mail that a [`FakeMail`] took.
#[derive(Debug, Clone, Default)]
pub struct ReceivedMail {
    /// The account with which it came, and its password, with a space between them.
    pub account: String,
    /// The address of who sent it.
    pub from: String,
    /// The addresses of those who get it.
    pub to: Vec<String>,
    /// Its headers and its text.
    pub text: String,
}

/// What a server does otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MailFault {
    /// It refuses this command.
    Refusal(&'static str),
    /// It takes a mail and hangs up without an answer.
    Silence,
}

impl FakeMail {
    /// Starts a server that takes every mail.
    pub fn new() -> Self {
        Self::start("smtp", None, Some)
    }

    /// Starts a server that refuses a command, such as `RCPT`.
    pub fn refusing(command: &'static str) -> Self {
        Self::start("smtp", Some(MailFault::Refusal(command)), Some)
    }

    /// Starts a server that takes each mail and hangs up without an answer.
    pub fn silent() -> Self {
        Self::start("smtp", Some(MailFault::Silence), Some)
    }

    /// Starts a server whose connections are encrypted from the start.
    pub fn with_tls(config: Arc<ServerConfig>) -> Self {
        Self::start("smtps", None, move |tcp| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(StreamOwned::new(connection, tcp))
        })
    }

    /// The mails that came.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.mails.lock().expect("no panic").clone()
    }

    fn start<S: Read + Write>(
        scheme: &str,
        fault: Option<MailFault>,
        connect: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let (listener, url) = loopback("http");
        let port = url.port().expect("a port");
        let mails: Arc<Mutex<Vec<ReceivedMail>>> = Arc::default();
        let kept = Arc::clone(&mails);
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                if let Some(mut stream) = connect(tcp) {
                    // A client may close the connection before it quits.
                    drop(talk(&mut stream, fault, &kept));
                }
            }
        });
        Self { address: format!("{scheme}://127.0.0.1:{port}"), mails }
    }
}

impl Default for FakeMail {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes mails of one connection until it ends.
fn talk(
    stream: &mut (impl Read + Write),
    fault: Option<MailFault>,
    mails: &Mutex<Vec<ReceivedMail>>,
) -> std::io::Result<()> {
    let mut mail = ReceivedMail::default();
    say(stream, "220 mail.test ready")?;
    loop {
        let line = read_line(stream)?;
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let command = command.to_uppercase();
        if matches!(fault, Some(MailFault::Refusal(refused)) if refused == command) {
            say(stream, "550 5.7.1 not here")?;
            continue;
        }
        match &*command {
            "EHLO" => say(stream, "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                let sent = rest.trim_start_matches("PLAIN ").trim();
                let bytes = BASE64_STANDARD.decode(sent).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).trim_matches('\0').replace('\0', " ");
                mail.account = text;
                say(stream, "235 2.7.0 welcome")?;
            }
            "MAIL" => {
                address_of(rest).clone_into(&mut mail.from);
                say(stream, "250 2.1.0 ok")?;
            }
            "RCPT" => {
                mail.to.push(address_of(rest).to_owned());
                say(stream, "250 2.1.5 ok")?;
            }
            "DATA" => {
                say(stream, "354 go on")?;
                loop {
                    let line = read_line(stream)?;
                    if line == "." {
                        break;
                    }
                    // A dot at the start of a line was doubled.
                    mail.text += line.strip_prefix('.').unwrap_or(&line);
                    mail.text += "\r\n";
                }
                mails.lock().expect("no panic").push(mail.clone());
                if fault == Some(MailFault::Silence) {
                    return Ok(());
                }
                say(stream, "250 2.0.0 taken")?;
            }
            "NOOP" => say(stream, "250 2.0.0 ok")?,
            "QUIT" => return say(stream, "221 2.0.0 bye"),
            _ => say(stream, "502 5.5.1 what")?,
        }
    }
}

/// The address in `FROM:<ann@x.example> BODY=8BITMIME`.
fn address_of(rest: &str) -> &str {
    let text = rest.split_once('<').map_or(rest, |(_, text)| text);
    text.split_once('>').map_or(text, |(address, _)| address)
}

fn say(stream: &mut impl Write, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    stream.flush()
}

/// A line without its end.
fn read_line(stream: &mut impl Read) -> std::io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    Ok(String::from_utf8_lossy(&line).into_owned())
}
