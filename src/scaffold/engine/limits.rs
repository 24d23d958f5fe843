//! How much one template may cost. Nothing here knows the language.
//!
//! Templates come from pull requests, so every loop, every nesting and every byte is bounded; the
//! figures are those of Backstage's interpreter where it has one.

use super::error::Complaint;
use super::value::Value;

/// Longest source, in bytes.
pub(super) const SOURCE_BYTES: usize = 4 * 1024 * 1024;
/// Deepest nesting of parentheses, lists and blocks, also of values built at run time. Low enough
/// that reading, evaluating and dropping fit a thread of 2 MB in a debug build.
pub(super) const NESTING: usize = 100;
/// Work one rendering may do: one unit per expression, statement and list item, and per
/// 64 bytes of text made or values looked through.
const STEPS: usize = 1_000_000;
/// Longest text, in bytes: of one value written out and of the whole output.
const TEXT_BYTES: usize = 16 * 1024 * 1024;

/// What one rendering may still spend.
#[derive(Debug)]
pub(super) struct Budget {
    steps: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { steps: STEPS }
    }

    /// Pays for `steps` units of work, before they are done.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Complaint> {
        match self.steps.checked_sub(steps) {
            Some(left) => self.steps = left,
            None => return Err(format!("the template needs more than {STEPS} steps").into()),
        }
        Ok(())
    }

    /// Pays for looking through `values`.
    pub(super) fn spend_on<'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Result<(), Complaint> {
        let weight = values.into_iter().map(Value::weight).fold(0, usize::saturating_add);
        self.spend(weight / 64)
    }

    /// Pays for a text of `bytes`, before it is made.
    pub(super) fn spend_text(&mut self, bytes: usize) -> Result<(), Complaint> {
        Self::fits(bytes)?;
        self.spend(bytes / 64)
    }

    /// Refuses a text that is too long to be held.
    pub(super) fn fits(bytes: usize) -> Result<(), Complaint> {
        if bytes > TEXT_BYTES {
            return Err(format!("the text or value grows longer than {TEXT_BYTES} bytes").into());
        }
        Ok(())
    }
}
