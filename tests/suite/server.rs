//! Starts `callboard serve` as a process, and sends it requests over TCP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    time::Duration,
};

use callboard_testing::Portal;

use crate::program::isolated;

/// The running program; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts it in a portal, on a free port.
    pub(crate) fn start(portal: &Portal, args: &[&str]) -> Self {
        let mut child = isolated(portal.path())
            .args(["serve", "--port", "0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("piped");
        let mut server = Self { child, address: String::new() };
        let mut lines = BufReader::new(output).lines();
        let line = lines.find_map(|line| {
            let line = line.expect("text");
            Some(line.split_once("http://")?.1.split_once('/')?.0.to_owned())
        });
        server.address = line.expect("an address");
        // What is printed later must not block the program.
        std::thread::spawn(move || lines.for_each(drop));
        server
    }

    /// Asks for a path.
    pub(crate) fn connect(&self, path: &str) -> TcpStream {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// Sends the text of a request.
    pub(crate) fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("settable");
        stream.write_all(request.as_bytes()).expect("sent");
        stream
    }

    /// The whole answer for a path.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.connect(path).read_to_string(&mut answer).expect("an answer");
        answer
    }
}
