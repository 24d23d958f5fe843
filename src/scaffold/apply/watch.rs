//! What an executor tells its runner while it waits: lines for the log, and that it goes on.

use super::{error::ApplyError, record, runner::Runner};
use crate::scaffold::effects::{Interruption, Watch};

/// Seconds until a lease that could not be renewed is tried again.
const PAUSE: i64 = 60;

/// The watch of the effect of one turn.
pub(super) struct TurnWatch<'r, 'a> {
    pub(super) runner: &'r mut Runner<'a>,
    /// The row of the turn in the record.
    pub(super) row: usize,
    /// Why the executor was stopped.
    pub(super) error: Option<ApplyError>,
}

impl Watch for TurnWatch<'_, '_> {
    fn tell(&mut self, lines: &[String]) -> Result<(), Interruption> {
        let told = self.runner.log(self.row, lines).and_then(|()| self.runner.keep_lease());
        told.map_err(|error| {
            self.error.get_or_insert(error);
            Interruption
        })
    }
}

impl Runner<'_> {
    /// Renews the lease when half of it is over, by a commit. When the journal cannot be reached, this is tried again
    /// while the lease lasts.
    ///
    /// # Errors
    /// Another runner has the run, or the lease has ended.
    pub(super) fn keep_lease(&mut self) -> Result<(), ApplyError> {
        let now = record::lease_time(self.world, &self.journal);
        let is_early = self.next_renewal.is_some_and(|next| now < next);
        if is_early || !self.run.is_lease_due(now) {
            return Ok(());
        }
        let before = self.run.lease.clone();
        match self.save("goes on") {
            Err(error @ ApplyError::Outside(_)) => {
                self.run.lease = before;
                self.next_renewal = now.checked_add(jiff::SignedDuration::from_secs(PAUSE)).ok();
                if self.run.has_lease(now) { Ok(()) } else { Err(error) }
            }
            saved => saved,
        }
    }
}
