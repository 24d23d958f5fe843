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
        /// The number of its row in the record, from 0.
        index: usize,
        /// The step.
        name: &'e str,
    },
    /// A line that a step logs, redacted.
    Log(&'e str),
    /// An effect is about to be carried out; the journal has a commit that says so.
    EffectIntended {
        /// Its id.
        id: &'e str,
    },
    /// An effect was carried out; the journal has no commit of that yet.
    EffectActed {
        /// Its id.
        id: &'e str,
    },
    /// All effects of a turn were carried out; the journal has no commit of the turn's end yet.
    StepActed {
        /// The number of its row in the record, from 0.
        index: usize,
    },
    /// A step has ended; the journal has a commit that says so.
    StepEnded {
        /// The number of its row in the record, from 0.
        index: usize,
        /// The step.
        name: &'e str,
        /// How it ended.
        status: Status,
        /// What it did, or what went wrong, redacted.
        message: &'e str,
    },
}
