//! Starts other programs. A program gets the environment, the directory and the input that its caller names, and no
//! other; its time and its output have limits.
#![expect(clippy::disallowed_methods, reason = "only this module starts programs")]

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use super::path::shown;

/// How often is looked whether the program has ended.
const TICK: Duration = Duration::from_millis(20);
/// How long its output is waited for after its end: a program that it started may hold it open.
const AFTER_END: Duration = Duration::from_secs(2);
/// Bytes that are read at once.
const PIECE: usize = 8 * 1024;
/// Pieces that wait to be taken: more are not read meanwhile.
const MOST_PIECES: usize = 16;
/// Longest line of the standard error, in bytes; a longer one is several.
const LONGEST_LINE: usize = 8 * 1024;

/// A program, and all that it gets.
#[derive(Debug)]
pub struct Program<'a> {
    /// Its path, or a name that is searched in the `PATH` of `environment`.
    pub path: &'a Path,
    /// Its arguments.
    pub arguments: &'a [PathBuf],
    /// Its working directory.
    pub directory: &'a Path,
    /// All of its environment variables.
    pub environment: &'a [(String, String)],
    /// Its standard input.
    pub input: &'a [u8],
    /// How long it may run.
    pub time: Duration,
    /// Most bytes of its standard output, and of its standard error.
    pub output: usize,
}

/// How a program ended.
#[derive(Debug)]
pub struct Exit {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Its standard output.
    pub output: Vec<u8>,
}

/// Why a program did not end by itself.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It was not started.
    #[error("`{program}` cannot be started")]
    Start {
        /// The program.
        program: String,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// It ran too long.
    #[error("it was stopped after {} s", .0.as_secs_f64())]
    Time(Duration),
    /// It wrote too much.
    #[error("it was stopped because it wrote more than {0} bytes")]
    Output(usize),
    /// The caller stopped it.
    #[error("it was stopped")]
    Stopped,
    /// The system failed while it ran.
    #[error("it cannot be waited for")]
    Wait(#[source] io::Error),
}

/// What the readers of a program's output say.
enum Piece {
    Output(Vec<u8>),
    Errors(Vec<u8>),
    /// One of the two has ended.
    End,
}

/// Runs a program to its end, and with it all programs that it starts in its process group. `watch` gets the lines of its
/// standard error, and is called again and again while it runs; when it returns false, the program is stopped.
///
/// # Errors
/// It is not started, or does not end by itself. It is stopped then.
pub fn run(
    program: &Program<'_>,
    watch: &mut dyn FnMut(Vec<String>) -> bool,
) -> Result<Exit, ProcessError> {
    let mut command = Command::new(program.path);
    command
        .args(program.arguments)
        .current_dir(program.directory)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|source| {
        let program = shown(program.path);
        ProcessError::Start { program, source }
    })?;
    let result = follow(&mut child, program, watch);
    stop(&mut child);
    let status = child.wait().map_err(ProcessError::Wait)?;
    result.map(|output| Exit { code: status.code(), output })
}

/// Collects the output of a program until it has ended.
fn follow(
    child: &mut Child,
    program: &Program<'_>,
    watch: &mut dyn FnMut(Vec<String>) -> bool,
) -> Result<Vec<u8>, ProcessError> {
    let (sender, receiver) = sync_channel(MOST_PIECES);
    if let Some(mut stdin) = child.stdin.take() {
        let input = program.input.to_vec();
        // A program that does not read its input closes it.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let mut open = 0;
    if let Some(stdout) = child.stdout.take() {
        open += 1;
        read_from(stdout, Piece::Output, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        open += 1;
        read_from(stderr, Piece::Errors, sender.clone());
    }
    let end = Instant::now() + program.time;
    let (mut output, mut errors) = (Vec::new(), Lines::default());
    let mut ended: Option<Instant> = None;
    loop {
        // `sender` lives as long as this loop, so that an answer that is none is a tick.
        let piece = receiver.recv_timeout(TICK);
        match piece {
            Ok(Piece::Output(bytes)) => output.extend(bytes),
            Ok(Piece::Errors(bytes)) => errors.add(&bytes),
            Ok(Piece::End) => open -= 1,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if output.len().max(errors.bytes) > program.output {
            return Err(ProcessError::Output(program.output));
        }
        if !watch(std::mem::take(&mut errors.complete)) {
            return Err(ProcessError::Stopped);
        }
        if ended.is_none() && has_ended(child).map_err(ProcessError::Wait)? {
            // What it has left behind in its group would keep its output open.
            stop(child);
            ended = Some(Instant::now());
        }
        let is_over = |ended: Instant| open == 0 || ended.elapsed() > AFTER_END;
        if ended.is_some_and(is_over) {
            watch(errors.rest());
            return Ok(output);
        }
        if ended.is_none() && Instant::now() > end {
            return Err(ProcessError::Time(program.time));
        }
    }
}

fn read_from(
    mut from: impl Read + Send + 'static,
    piece: fn(Vec<u8>) -> Piece,
    to: SyncSender<Piece>,
) {
    thread::spawn(move || {
        let mut buffer = [0; PIECE];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) if to.send(piece(buffer[..length].to_vec())).is_ok() => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Nobody waits for it any more, or it cannot be read.
                _ => return,
            }
        }
        // Nobody may wait for it any more.
        drop(to.send(Piece::End));
    });
}

/// The lines of a text that comes in pieces.
#[derive(Default)]
struct Lines {
    bytes: usize,
    complete: Vec<String>,
    rest: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        for byte in bytes {
            if *byte == b'\n' || self.rest.len() >= LONGEST_LINE {
                self.complete.push(text(&std::mem::take(&mut self.rest)));
            }
            if *byte != b'\n' {
                self.rest.push(*byte);
            }
        }
    }

    fn rest(&mut self) -> Vec<String> {
        if !self.rest.is_empty() {
            self.complete.push(text(&std::mem::take(&mut self.rest)));
        }
        std::mem::take(&mut self.complete)
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

/// True when a program has ended. Until it is waited for, its id is not given to another.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    child.try_wait().map(|status| status.is_some())
}

/// Kills a program that was not waited for, and all in its process group; it may have ended.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        // A group without processes is what is wanted.
        kill_process_group(Pid::from_child(child), Signal::KILL).ok();
    }
    // So is a program that has ended.
    child.kill().ok();
}

#[cfg(all(test, unix))]
mod tests;
