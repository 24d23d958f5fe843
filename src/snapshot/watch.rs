//! Programs that never end, or eat all memory: noticed, and left behind.
//!
//! jq has no count of its steps, so the only sound way is to look from outside. A program that is left
//! behind goes on in its thread until the process ends; the snapshot therefore ends with it.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::base::memory;

/// How long a program may take for one input. Sound ones take microseconds; tests do not wait so long.
const LONGEST: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });
/// By how much the process may grow while one runs.
const LARGEST: u64 = 2_000_000_000;
/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// Why a program was left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Endless {
    /// It did not end.
    #[error("the program does not end: it was stopped after {} s", LONGEST.as_secs())]
    Time,
    /// It grew without end.
    #[error("the program takes more than {} GB of memory", LARGEST / 1_000_000_000)]
    Memory,
}

/// Looks after work that is done elsewhere.
pub(super) struct Watch {
    before: u64,
}

impl Watch {
    /// Begins, from the memory that is taken now.
    pub(super) fn start() -> Self {
        Self { before: memory::peak().unwrap_or_default() }
    }

    /// Waits for the next message; `None` when there will be none. `since` tells when the oldest work
    /// that has not ended began.
    pub(super) fn wait<T>(
        &self,
        results: &mpsc::Receiver<T>,
        since: impl Fn() -> Option<Instant>,
    ) -> Result<Option<T>, Endless> {
        loop {
            match results.recv_timeout(LOOK) {
                Ok(result) => return Ok(Some(result)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if memory::peak().unwrap_or_default() > self.before + LARGEST {
                return Err(Endless::Memory);
            }
            if since().is_some_and(|since| since.elapsed() > LONGEST) {
                return Err(Endless::Time);
            }
        }
    }
}

/// Does something in a thread of its own; `Ok(None)` when it panicked.
pub(super) fn within<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Endless> {
    let (sender, results) = mpsc::channel();
    let started = Instant::now();
    // The thread is not joined: it may never end.
    drop(thread::spawn(move || sender.send(work())));
    Watch::start().wait(&results, || Some(started))
}
