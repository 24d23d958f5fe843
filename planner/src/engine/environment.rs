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
        Self { budget: Budget::default(), hosts, steps: None }
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
