//! The watchdog of jq programs: detects programs that do not stop at their limits of time and memory.
//!
//! Most programs check their limits themselves, at each turn of a loop. jaq cannot be interrupted in
//! between, so that such a program is watched from another thread, and left running when it does not
//! stop. It runs until the process ends; therefore the snapshot ends, too.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::base::memory;

/// Time limit of a program for one input. Normal programs take microseconds. Tests wait less, but long
/// enough for a processor that is busy with other tests.
pub(super) const LONGEST: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 10 });
/// Time after which the watchdog no longer waits for a program, which should have stopped by then.
const PATIENCE: Duration = LONGEST.saturating_mul(2);
/// Most bytes that the process may grow by while a program runs.
pub(super) const LARGEST: u64 = if cfg!(test) { 1_000_000_000 } else { 2_000_000_000 };
/// Bytes of the stack of programs. The operating system provides only the part that is used.
pub(super) const STACK: usize = 1 << 30;
/// Interval of the checks.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// The limit that a program exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProgramLimit {
    /// Time; the program was stopped.
    #[error("the program does not end: it was stopped after {} s", LONGEST.as_secs())]
    Time,
    /// Memory; the program was stopped.
    #[error("the program takes more than {} MB of memory", LARGEST / 1_000_000)]
    Memory,
    /// The number of lists and maps.
    #[error("the program makes too many lists and maps of one input")]
    Size,
    /// The depth of calls.
    #[error("the program calls itself too deeply")]
    Depth,
    /// Time; the program did not stop, and is still running.
    #[error("the program does not end: it was left behind after {} s", PATIENCE.as_secs())]
    LeftRunning,
    /// Memory; the program did not stop, and is still running.
    #[error("the program takes more than {} MB of memory, and was left behind", LARGEST / 1_000_000)]
    LeftGrowing,
}

impl ProgramLimit {
    /// True when the program is still running.
    pub(super) fn is_left_behind(self) -> bool {
        matches!(self, Self::LeftRunning | Self::LeftGrowing)
    }
}

/// Watches work in other threads.
pub(super) struct Watchdog {
    /// Start of the oldest work, and the peak memory in bytes at the first check after it.
    oldest: Option<(Instant, u64)>,
}

impl Watchdog {
    /// Starts watching.
    pub(super) fn start() -> Self {
        Self { oldest: None }
    }

    /// Waits for the next message; `None` when there will be none. `since` returns the start of the
    /// oldest work that has not ended.
    pub(super) fn wait<T>(
        &mut self,
        results: &mpsc::Receiver<T>,
        since: impl Fn() -> Option<Instant>,
    ) -> Result<Option<T>, ProgramLimit> {
        loop {
            match results.recv_timeout(LOOK) {
                Ok(result) => return Ok(Some(result)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.look(since())?;
        }
    }

    /// Checks the oldest work. Only the growth of the process since its start counts.
    fn look(&mut self, since: Option<Instant>) -> Result<(), ProgramLimit> {
        let Some(since) = since else {
            self.oldest = None;
            return Ok(());
        };
        let peak = memory::peak().unwrap_or_default();
        match self.oldest {
            Some((known, before)) if known == since => {
                if peak > before + LARGEST {
                    return Err(ProgramLimit::LeftGrowing);
                }
            }
            _ => self.oldest = Some((since, peak)),
        }
        if since.elapsed() > PATIENCE { Err(ProgramLimit::LeftRunning) } else { Ok(()) }
    }
}

/// Runs a function in its own thread; `Ok(None)` when it panicked.
pub(super) fn within<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, ProgramLimit> {
    let (sender, results) = mpsc::channel();
    let started = Instant::now();
    // The thread is not joined, because it may never end. When it cannot be started, the sender is
    // dropped.
    drop(thread::Builder::new().stack_size(STACK).spawn(move || sender.send(work())));
    Watchdog::start().wait(&results, || Some(started))
}
