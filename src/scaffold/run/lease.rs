//! The lease of a run: which runner has it, and until when.
//!
//! All times are of one clock where there is one: that of the server which has the records. So a runner whose own clock is
//! wrong takes no run over too early, and its leases last as long as those of others.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Run;
use crate::base::clock::rfc3339;

/// How long a lease is, in seconds; it is renewed when half of it is over.
const SECONDS: i64 = 15 * 60;

/// Which runner has a run. Another runner may take the run over when the lease has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Name of the runner.
    pub runner: String,
    /// When it ends, RFC 3339.
    pub until: String,
}

impl Lease {
    /// True after its end. An end that cannot be read is no end that has passed.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.until.parse::<Timestamp>().is_ok_and(|until| until <= now)
    }
}

/// Another runner has the run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the runner `{runner}` has the run `{run}` until {until}")]
pub struct LeaseError {
    /// Id of the run's request.
    pub run: String,
    /// Name of the other runner.
    pub runner: String,
    /// When its lease ends.
    pub until: String,
}

impl Run {
    /// Takes the lease. One of another runner is taken over only after its end, and the record says so.
    ///
    /// # Errors
    /// Another runner's lease has not ended.
    pub(in crate::scaffold) fn take_lease(
        &mut self,
        runner: &str,
        now: Timestamp,
    ) -> Result<(), LeaseError> {
        if let Some(lease) = self.lease.as_ref().filter(|lease| lease.runner != runner) {
            if !lease.has_ended(now) {
                return Err(LeaseError {
                    run: self.request.clone(),
                    runner: lease.runner.clone(),
                    until: lease.until.clone(),
                });
            }
            let (now, from) = (rfc3339(now), &lease.runner);
            self.takeovers.push(format!("{now}: {runner} took over from {from}"));
        }
        self.lease = Some(Lease { runner: runner.to_owned(), until: end(now) });
        Ok(())
    }

    /// Renews the lease when half of it is over.
    pub(in crate::scaffold) fn renew_lease(&mut self, now: Timestamp) {
        if self.is_lease_due(now)
            && let Some(lease) = &mut self.lease
        {
            lease.until = end(now);
        }
    }

    /// True when half of the lease is over.
    pub(in crate::scaffold) fn is_lease_due(&self, now: Timestamp) -> bool {
        self.left_of_lease(now).is_some_and(|left| left < SignedDuration::from_secs(SECONDS / 2))
    }

    /// True while the lease lasts.
    pub fn has_lease(&self, now: Timestamp) -> bool {
        self.left_of_lease(now).is_some_and(|left| left.is_positive())
    }

    fn left_of_lease(&self, now: Timestamp) -> Option<SignedDuration> {
        let until: Timestamp = self.lease.as_ref()?.until.parse().ok()?;
        Some(until.duration_since(now))
    }
}

fn end(now: Timestamp) -> String {
    let end = now.checked_add(SignedDuration::from_secs(SECONDS));
    rfc3339(end.unwrap_or(Timestamp::MAX))
}
