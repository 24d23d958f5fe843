//! What templates can use beside their variables: the hosts of `parseRepoUrl`, and `always()` and `failure()`
//! of step conditions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::limits::Budget;
use crate::base::forges::{Forge, backstage_hosts};

/// The hosts, the budget and the state of steps that a rendering uses.
#[derive(Debug)]
pub struct Environment {
    budget: Budget,
    hosts: BTreeMap<String, Forge>,
    steps: Option<Steps>,
    seed: u64,
}

#[derive(Debug)]
struct Steps {
    failed: bool,
    asked: AtomicBool,
}

impl Default for Environment {
    /// Knows the four public hosts and nothing of steps, with a budget of its own.
    fn default() -> Self {
        let hosts = backstage_hosts().map(|(host, forge)| (host.to_owned(), forge)).collect();
        Self { budget: Budget::default(), hosts, steps: None, seed: mixed(0, b"callboard") }
    }
}

impl Environment {
    /// Shares what the other templates of a plan have left over.
    pub fn with_budget(mut self, budget: &Budget) -> Self {
        self.budget = budget.clone();
        self
    }

    /// Adds a host, with its port if it has one, that `parseRepoUrl` accepts.
    pub fn with_host(mut self, host: impl Into<String>, forge: Forge) -> Self {
        self.hosts.insert(host.into(), forge);
        self
    }

    /// Offers `always()` and `failure()`; `failed` is whether a step has failed so far.
    pub fn with_steps(mut self, failed: bool) -> Self {
        self.steps = Some(Steps { failed, asked: AtomicBool::new(false) });
        self
    }

    /// Whether a template has called `always()` or `failure()`: its step runs after a failure, too.
    pub fn asked_about_steps(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.asked.load(Ordering::Relaxed))
    }

    /// Makes the choices of the filter `random` depend on a text, such as the id of a request. The same text and
    /// template give the same choices.
    pub fn with_seed(mut self, seed: &str) -> Self {
        self.seed = mixed(self.seed, seed.as_bytes());
        self
    }

    /// Chooses a number below `count` for the filter at a place of a template.
    pub(super) fn choose(&self, at: u64, number: u64, count: u64) -> u64 {
        let seed = mixed(mixed(self.seed, &at.to_le_bytes()), &number.to_le_bytes());
        // The upper half of a product, so that small counts use the better bits.
        ((u128::from(scattered(seed)) * u128::from(count)) >> 64) as u64
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(super) fn forge(&self, host: &str) -> Option<Forge> {
        self.hosts.get(host).copied()
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    pub(super) fn knows_steps(&self) -> bool {
        self.steps.is_some()
    }

    /// Answers `always()`.
    pub(super) fn always(&self) -> bool {
        self.failed_when_asked();
        true
    }

    /// Answers `failure()`.
    pub(super) fn failure(&self) -> bool {
        self.failed_when_asked()
    }

    fn failed_when_asked(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| {
            steps.asked.store(true, Ordering::Relaxed);
            steps.failed
        })
    }
}

/// The hash FNV-1a of 64 bits, from a state on.
fn mixed(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state ^ 0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Lets every bit depend on every other: the end of the generator `SplitMix64`.
fn scattered(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
