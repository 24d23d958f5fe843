//! What stands for the outside of a run in several tests.

use crate::{
    base::path::RelativePath,
    scaffold::{Cancellation, Event, Observer, PortalRepository},
};

/// A repository of the portal to which nothing is committed.
pub(super) struct NoCommits;

impl PortalRepository for NoCommits {
    fn commit(
        &self,
        _: &[RelativePath],
        _: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }
}

/// Stops at an event, as a runner that is killed there; counts events.
#[derive(Default)]
pub(super) struct Killer {
    pub(super) at: Option<usize>,
    pub(super) events: usize,
    pub(super) log: Vec<String>,
}

impl Observer for Killer {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Cancellation> {
        if self.at == Some(self.events) {
            return Err(Cancellation);
        }
        self.events += 1;
        if let Event::Log(line) = event {
            self.log.push((*line).to_owned());
        }
        Ok(())
    }
}
