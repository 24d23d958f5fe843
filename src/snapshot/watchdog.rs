//! Programs that never end, or eat all memory: noticed from outside, and left behind.
//!
//! Most programs notice it themselves, at the turns of their loops. Between those jq has no count of its
//! steps, so the only sound way is to look from outside. A program that is left behind goes on in its
//! thread until the process ends; the snapshot therefore ends with it.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::base::memory;

/// How long a program may take for one input. Sound ones take microseconds; tests wait less, but long
/// enough for a processor that other tests keep busy.
pub(super) const LONGEST: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 10 });
/// How long it is waited for from outside: it should have stopped by then.
const PATIENCE: Duration = LONGEST.saturating_mul(2);
/// By how much the process may grow while one runs.
pub(super) const LARGEST: u64 = if cfg!(test) { 1_000_000_000 } else { 2_000_000_000 };
/// The stack that programs run on. Only what is used of it is taken.
pub(super) const STACK: usize = 1 << 30;
/// How often to look.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// Why a program did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProgramLimit {
    /// It took too long.
    #[error("the program does not end: it was stopped after {} s", LONGEST.as_secs())]
    Time,
    /// It grew without end.
    #[error("the program takes more than {} MB of memory", LARGEST / 1_000_000)]
    Memory,
    /// It made values without end, or inside each other.
    #[error("the program makes too many lists and maps of one input")]
    Size,
    /// It called itself without end.
    #[error("the program calls itself too deeply")]
    Depth,
    /// It did not stop, and still runs.
    #[error("the program does not end: it was left behind after {} s", PATIENCE.as_secs())]
    LeftRunning,
    /// It grew without end, and still runs.
    #[error("the program takes more than {} MB of memory, and was left behind", LARGEST / 1_000_000)]
    LeftGrowing,
}

impl ProgramLimit {
    /// True when it still runs.
    pub(super) fn is_left_behind(self) -> bool {
        matches!(self, Self::LeftRunning | Self::LeftGrowing)
    }
}

/// Looks after work that is done elsewhere.
pub(super) struct Watchdog {
    /// When the oldest work began, and how much memory was taken soon after.
    oldest: Option<(Instant, u64)>,
}

impl Watchdog {
    /// Begins.
    pub(super) fn start() -> Self {
        Self { oldest: None }
    }

    /// Waits for the next message; `None` when there will be none. `since` tells when the oldest work
    /// that has not ended began.
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

    /// Looks at the oldest work. Only what the process grows while that one runs is held against it.
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

/// Does something in a thread of its own; `Ok(None)` when it panicked.
pub(super) fn within<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, ProgramLimit> {
    let (sender, results) = mpsc::channel();
    let started = Instant::now();
    // The thread is not joined: it may never end. When there is none, nothing is sent either.
    drop(thread::Builder::new().stack_size(STACK).spawn(move || sender.send(work())));
    Watchdog::start().wait(&results, || Some(started))
}
