//! What a run reports while it goes on, and how it is stopped from outside.

use crate::scaffold::run::{Run, Status};

/// Receives the events of a run.
pub trait Observer {
    /// Receives one event.
    ///
    /// # Errors
    /// Stops the run where it is; it can be resumed.
    fn event(&mut self, event: &Event<'_>) -> Result<(), Cancellation>;
}

/// The observer stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancellation;

/// What happens during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'e> {
    /// The run starts, or is resumed.
    Started {
        /// Its record.
        run: &'e Run,
        /// True when it had started before.
        resumed: bool,
    },
    /// A step starts; the journal has a commit that says so.
    StepStarted {
        /// From 0.
        index: usize,
        /// The step.
        name: &'e str,
    },
    /// A line that a step logs, redacted.
    Log(&'e str),
    /// The effects of a step were carried out; the journal has no commit of that yet.
    StepActed {
        /// From 0.
        index: usize,
    },
    /// A step has ended; the journal has a commit that says so.
    StepEnded {
        /// From 0.
        index: usize,
        /// The step.
        name: &'e str,
        /// How it ended.
        status: Status,
        /// What it did, or what went wrong, redacted.
        message: &'e str,
    },
}
