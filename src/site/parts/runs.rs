//! Runs of requests as lines of lists.

use serde::Serialize;

use super::{
    card::Card,
    moment::{Moment, duration},
};
use crate::{
    catalog::EntityRef,
    site::{
        input::{Run, RunStep, Status},
        model::Model,
        text::address,
    },
};

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct RunLine<'a> {
    pub(crate) id: &'a str,
    pub(crate) url: String,
    pub(crate) status: Status,
    pub(crate) template: Card<'a>,
    pub(crate) requester: Card<'a>,
    pub(crate) created: Option<Moment>,
    finished: Option<Moment>,
    pub(crate) duration: Option<String>,
    pub(crate) steps: usize,
    pub(crate) done: usize,
    pub(crate) approvers: Vec<Approver<'a>>,
    pub(crate) pull_request: Option<String>,
    job: Option<String>,
}

/// Who approved a run.
#[derive(Debug, Serialize)]
pub(crate) struct Approver<'a> {
    /// The user; none for an account that no user has.
    card: Option<Card<'a>>,
    name: &'a str,
}

impl Approver<'_> {
    /// The user's title, or the account.
    pub(crate) fn title(&self) -> &str {
        self.card.as_ref().map_or(self.name, Card::title)
    }
}

impl RunLine<'_> {
    /// Whether it is known how the run was reviewed.
    pub(crate) fn is_reviewed(&self) -> bool {
        !self.approvers.is_empty() || self.pull_request.is_some()
    }
}

/// Runs as lines, in the order in which they come.
pub(crate) fn lines<'a, 'r>(
    model: &Model<'a>,
    runs: impl IntoIterator<Item = &'r &'a Run>,
) -> Vec<RunLine<'a>>
where
    'a: 'r,
{
    runs.into_iter().map(|run| line(model, run)).collect()
}

/// A run as a line.
pub(crate) fn line<'a>(model: &Model<'a>, run: &'a Run) -> RunLine<'a> {
    let is_over = |step: &&RunStep| {
        matches!(
            step.status,
            Status::Completed | Status::Skipped | Status::Undone | Status::Cancelled
        )
    };
    RunLine {
        id: &run.id,
        url: address::run_page(&run.id),
        status: run.status,
        template: named(model, &run.template, "template"),
        requester: named(model, &run.requester, "user"),
        created: run.created.map(Moment::from),
        finished: run.finished.map(Moment::from),
        duration: duration(run.created, run.finished),
        steps: run.steps.len(),
        done: run.steps.iter().filter(is_over).count(),
        approvers: run.approvers.iter().map(|name| approver(model, name)).collect(),
        pull_request: run.pull_request.as_deref().and_then(address::web),
        job: run.job.as_deref().and_then(address::web),
    }
}

/// An account is no user of the same name, so that only a whole reference names a user.
fn approver<'a>(model: &Model<'a>, name: &'a str) -> Approver<'a> {
    let user = EntityRef::parse(name, None, "default").ok();
    Approver { card: user.map(|user| Card::of_reference(model, &user)), name }
}

/// A card of a text that may be a reference.
fn named<'a>(model: &Model<'a>, text: &'a str, kind: &'a str) -> Card<'a> {
    EntityRef::parse(text, Some(kind), "default").map_or_else(
        |_| Card::new(text, kind, None),
        |reference| Card::of_reference(model, &reference),
    )
}
