//! Limits of the work that the templates of one plan may cause. Nothing here depends on the language.
//!
//! Templates come from pull requests, so every loop, every nesting and every byte is bounded. A [`Budget`] belongs
//! to a whole plan; each rendering draws on it through a [`Meter`]. Every function that converts, compares, looks
//! up or makes a value takes the meter as an argument, so that none can forget to charge for its work, and charges
//! before it works.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value as Json};

use super::error::Complaint;
use super::value::Value;

/// Longest source, in bytes.
pub(super) const SOURCE_BYTES: usize = 4 * 1024 * 1024;
/// Most tokens of one source: a token and its expression take some 200 bytes.
pub(super) const TOKENS: usize = 250_000;
/// Deepest nesting of parentheses, lists and blocks, also of values built at run time. Low enough
/// that reading, evaluating and dropping fit a thread of 2 MB in a debug build.
pub(super) const NESTING: usize = 100;
/// Deepest nesting of statements and expressions while a template runs, so that macros that call each other fit the
/// stack as well.
pub(super) const RUNNING: usize = 240;
/// What a call of a macro counts in that nesting.
pub(super) const CALL: usize = 6;
/// Work that all templates of a plan may do together. A unit is one small operation, or
/// [`SCANNED`] bytes looked through, or [`MADE`] bytes made; none takes more than 200 ns.
const WORK: u64 = 20_000_000;
/// Bytes that are looked through, such as searched, compared or hashed, for one unit.
const SCANNED: usize = 16;
/// Bytes of text that are made for one unit.
const MADE: usize = 8;
/// Bytes of a source that are read for one unit.
const COPIED: usize = 64;
/// Longest text, in bytes: of one value written out and of the whole output.
const TEXT_BYTES: usize = 16 * 1024 * 1024;
/// A meter adds its units to the budget after this many.
const GRAIN: u64 = 4096;

/// The cost of reading a source of this many bytes and tokens, in units.
pub(super) fn reading(bytes: usize, tokens: usize) -> usize {
    bytes / COPIED + 8 * tokens
}

/// The units that the templates of one plan may spend. Clones share them.
#[derive(Debug, Clone)]
pub struct Budget {
    spent: Arc<AtomicU64>,
    /// What spends them, in words.
    spender: &'static str,
    limit: u64,
}

/// Work costs more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{spender} need more than {limit} steps together")]
pub struct BudgetError {
    spender: &'static str,
    limit: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of("the templates of this plan", WORK)
    }
}

impl Budget {
    /// A budget for other work than that of templates. Errors begin with the words for what spends it, in the plural.
    pub(crate) fn of(spender: &'static str, limit: u64) -> Self {
        Self { spent: Arc::default(), spender, limit }
    }

    /// Pays for a copy of variables, which each step gets.
    ///
    /// # Errors
    /// More was spent than the limit.
    pub fn pay_for(&self, variables: &Map<String, Json>) -> Result<(), BudgetError> {
        let units = variables.iter().map(|(_, json)| weight(json)).sum::<usize>() / MADE;
        self.spent.fetch_add(units as u64, Ordering::Relaxed);
        if self.is_exceeded() { Err(self.exceeded()) } else { Ok(()) }
    }

    /// Pays for work that is not a template's, such as that of another language.
    ///
    /// # Errors
    /// More was spent than the limit.
    pub(crate) fn spend(&self, units: u64) -> Result<(), BudgetError> {
        self.spent.fetch_add(units.min(u64::from(u32::MAX)), Ordering::Relaxed);
        if self.is_exceeded() { Err(self.exceeded()) } else { Ok(()) }
    }

    /// True when more was spent than the limit. The sum of all renderings does not depend on the order in
    /// which threads render them, so this is the same for the same plan.
    pub fn is_exceeded(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.limit
    }

    /// The error of a plan that spends more than there is.
    pub fn exceeded(&self) -> BudgetError {
        BudgetError { spender: self.spender, limit: self.limit }
    }

    /// A budget of its own for a test.
    #[cfg(test)]
    pub(crate) fn small(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The units that were spent, with those that were refused.
    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

/// Roughly the bytes of a JSON value, in memory.
fn weight(json: &Json) -> usize {
    const NODE: usize = 64;
    NODE + match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(weight).sum(),
        Json::Object(map) => map.iter().map(|(key, value)| key.len() + weight(value)).sum(),
        _ => 0,
    }
}

/// What one rendering spends of a budget.
#[derive(Debug)]
pub(crate) struct Meter {
    budget: Budget,
    /// Units that the budget does not know of yet.
    pending: Cell<u64>,
}

impl Meter {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), pending: Cell::new(0) }
    }

    /// Pays for `units` of work, before they are done.
    pub(crate) fn spend(&self, units: usize) -> Result<(), Complaint> {
        let pending = self.pending.get().saturating_add(units as u64);
        self.pending.set(pending);
        if pending < GRAIN { Ok(()) } else { self.settle() }
    }

    /// Pays for looking through `bytes`.
    pub(crate) fn scan(&self, bytes: usize) -> Result<(), Complaint> {
        self.spend(bytes / SCANNED)
    }

    /// Pays for looking through `values`.
    pub(super) fn scan_values<'v>(
        &self,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Result<(), Complaint> {
        self.scan(values.into_iter().map(Value::weight).fold(0, usize::saturating_add))
    }

    /// Pays for a text of `bytes`, before it is made.
    pub(crate) fn text(&self, bytes: usize) -> Result<(), Complaint> {
        Self::fits(bytes)?;
        self.spend(bytes.div_ceil(MADE))
    }

    /// Pays for what is added to a text or value, which is `bytes` long then.
    pub(super) fn growth(&self, bytes: usize, added: usize) -> Result<(), Complaint> {
        Self::fits(bytes)?;
        self.spend(added.div_ceil(MADE))
    }

    /// Pays for what is added to the output, which is `bytes` long then.
    pub(super) fn output(&self, bytes: usize, added: usize) -> Result<(), Complaint> {
        Self::fits(bytes)?;
        self.spend(1 + added / SCANNED)
    }

    /// Adds the units of the meter to the budget.
    pub(super) fn settle(&self) -> Result<(), Complaint> {
        self.hand_over();
        if self.budget.is_exceeded() {
            Err(Complaint::limit(self.budget.exceeded().to_string()))
        } else {
            Ok(())
        }
    }

    fn hand_over(&self) {
        // A sum that would begin again at 0 is not reached: the first refusal ends a rendering.
        let pending = self.pending.take().min(u64::from(u32::MAX));
        self.budget.spent.fetch_add(pending, Ordering::Relaxed);
    }

    /// Refuses a text that is too long to be held.
    pub(super) fn fits(bytes: usize) -> Result<(), Complaint> {
        if bytes > TEXT_BYTES {
            let message = format!("the text or value grows longer than {TEXT_BYTES} bytes");
            return Err(Complaint::limit(message));
        }
        Ok(())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.hand_over();
    }
}
