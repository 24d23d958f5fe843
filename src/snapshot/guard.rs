//! The shrink guard: a source that would lose too much of what it had changes nothing.

use std::fmt;

use serde::Serialize;

use super::source::Shrink;
use crate::base::text::count;

/// A source that would lose too much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shrunk {
    /// How many entities it had.
    pub had: usize,
    /// How many would go.
    pub removed: usize,
    /// How many it has now.
    pub has: usize,
    /// The bounds that this exceeds.
    #[serde(skip)]
    pub bounds: Shrink,
}

impl Shrunk {
    /// Compares what a source had with what it would lose. To lose everything is always too much.
    pub(super) fn check(had: usize, removed: usize, has: usize, bounds: Shrink) -> Option<Self> {
        let is_empty = had > 0 && has == 0;
        let is_much = removed > bounds.at_least && removed as f64 > bounds.share * had as f64;
        (is_empty || is_much).then_some(Self { had, removed, has, bounds })
    }
}

impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let had = count(self.had, "entity", "entities");
        if self.has == 0 {
            return write!(f, "the source has nothing any more, it had {had}");
        }
        let percent = self.bounds.share * 100.0;
        write!(
            f,
            "{} of {had} would be removed, more than {percent:.0} % and more than {}",
            self.removed, self.bounds.at_least
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_must_be_exceeded_and_nothing_left_is_always_too_much() {
        let check = |had, removed, has| Shrunk::check(had, removed, has, Shrink::default());
        assert_eq!(check(100, 20, 80), None);
        assert!(check(100, 21, 79).is_some());
        assert_eq!(check(10, 5, 5), None);
        assert!(check(10, 6, 4).is_some());
        assert!(check(1, 1, 0).is_some());
        assert_eq!(check(0, 0, 0), None);
    }
}
