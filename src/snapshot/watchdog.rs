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

/// The time and memory that a jq program may take for one input. Normal programs take microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramBudget {
    /// Time after which a program stops itself, at the next turn of a loop.
    pub time: Duration,
    /// Time after which a program that has not stopped itself is left running; the snapshot ends then.
    pub patience: Duration,
    /// Most bytes that the process may grow by while a program runs.
    pub memory: u64,
}

/// 10 seconds, 20 seconds and 2 GB.
impl Default for ProgramBudget {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            patience: Duration::from_secs(20),
            memory: 2_000_000_000,
        }
    }
}

/// Bytes of the stack of programs. The operating system provides only the part that is used.
pub(super) const STACK: usize = 1 << 30;
/// Interval of the checks.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// The limit that a program exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProgramLimit {
    /// Time; the program was stopped.
    #[error("the program does not end: it was stopped after {} s", .0.as_secs())]
    Time(Duration),
    /// Memory; the program was stopped.
    #[error("the program takes more than {} MB of memory", .0 / 1_000_000)]
    Memory(u64),
    /// The number of lists and maps.
    #[error("the program makes too many lists and maps of one input")]
    Size,
    /// The depth of calls.
    #[error("the program calls itself too deeply")]
    Depth,
    /// Time; the program did not stop, and is still running.
    #[error("the program does not end: it was left behind after {} s", .0.as_secs())]
    LeftRunning(Duration),
    /// Memory; the program did not stop, and is still running.
    #[error("the program takes more than {} MB of memory, and was left behind", .0 / 1_000_000)]
    LeftGrowing(u64),
}

impl ProgramLimit {
    /// True when the program is still running.
    pub(super) fn is_left_behind(self) -> bool {
        matches!(self, Self::LeftRunning(_) | Self::LeftGrowing(_))
    }
}

/// Watches work in other threads.
pub(super) struct Watchdog {
    budget: ProgramBudget,
    /// Start of the oldest work, and the peak memory in bytes at the first check after it.
    oldest: Option<(Instant, u64)>,
    /// Whether the last check found more memory than the limit.
    is_growing: bool,
}

impl Watchdog {
    /// Starts watching.
    pub(super) fn start(budget: ProgramBudget) -> Self {
        Self { budget, oldest: None, is_growing: false }
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
                // A program that checks its limits itself has one interval to stop.
                let was_growing = self.is_growing;
                self.is_growing = peak.saturating_sub(before) > self.budget.memory;
                if was_growing && self.is_growing {
                    return Err(ProgramLimit::LeftGrowing(self.budget.memory));
                }
            }
            _ => (self.oldest, self.is_growing) = (Some((since, peak)), false),
        }
        match since.elapsed() > self.budget.patience {
            true => Err(ProgramLimit::LeftRunning(self.budget.patience)),
            false => Ok(()),
        }
    }
}

/// Runs a function in its own thread; `Ok(None)` when it panicked.
pub(super) fn within<T: Send + 'static>(
    budget: ProgramBudget,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, ProgramLimit> {
    let (sender, results) = mpsc::channel();
    let started = Instant::now();
    // The thread is not joined, because it may never end. When it cannot be started, the sender is
    // dropped.
    drop(thread::Builder::new().stack_size(STACK).spawn(move || sender.send(work())));
    Watchdog::start(budget).wait(&results, || Some(started))
}
