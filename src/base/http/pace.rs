//! How fast to ask: requests at an even distance.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Spaces requests evenly. Clones share the pace, so that parallel requests keep it together.
#[derive(Debug, Clone)]
pub struct Pace {
    distance: Duration,
    /// When the next request may go, on the client's clock.
    next: Arc<Mutex<Duration>>,
}

impl Pace {
    /// At most `count` requests in every `per`; a count of 0 counts as 1.
    pub fn new(count: u32, per: Duration) -> Self {
        Self { distance: per / count.max(1), next: Arc::default() }
    }

    /// Takes the next free moment, and returns how long it is until then.
    pub(super) fn take(&self, now: Duration) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = now.max(*next);
        *next = moment + self.distance;
        moment.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_at_an_even_distance_without_saving_up() {
        let pace = Pace::new(10, Duration::from_secs(1));
        let take = |at| pace.clone().take(Duration::from_millis(at)).as_millis();
        assert_eq!([take(0), take(0), take(0)], [0, 100, 200]);
        assert_eq!([take(5000), take(5000), take(5050)], [0, 100, 150]);
    }
}
