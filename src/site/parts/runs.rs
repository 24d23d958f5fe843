//! Runs of requests as lines of lists.

use serde::Serialize;

use super::{
    card::Card,
    moment::{Moment, duration},
};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::{Input, Run, RunStep, Status},
        model::Model,
        text::address,
    },
};

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct RunLine<'a> {
    id: &'a str,
    url: String,
    status: Status,
    template: Card<'a>,
    requester: Card<'a>,
    created: Option<Moment>,
    finished: Option<Moment>,
    duration: Option<String>,
    steps: usize,
    done: usize,
    approvers: Vec<Approver<'a>>,
    pull_request: Option<String>,
    job: Option<String>,
}

/// Who approved a run.
#[derive(Debug, Serialize)]
struct Approver<'a> {
    /// The user; none for an account that no user has.
    card: Option<Card<'a>>,
    name: &'a str,
}

impl RunLine<'_> {
    /// Whether it is known how the run was reviewed.
    pub(crate) fn is_reviewed(&self) -> bool {
        !self.approvers.is_empty() || self.pull_request.is_some()
    }
}

/// All runs, the newest first.
pub(crate) fn lines<'a>(input: &Input<'a>, model: &Model<'a>) -> Vec<RunLine<'a>> {
    chosen(input, model, |_| true)
}

/// The runs of one template, the newest first.
pub(crate) fn of_template<'a>(
    input: &Input<'a>,
    model: &Model<'a>,
    template: &Entity,
) -> Vec<RunLine<'a>> {
    chosen(input, model, |run| is_of(run, template))
}

/// The runs for which `choose` is true, the newest first.
pub(crate) fn chosen<'a>(
    input: &Input<'a>,
    model: &Model<'a>,
    choose: impl Fn(&Run) -> bool,
) -> Vec<RunLine<'a>> {
    let mut runs: Vec<_> = input.runs.iter().filter(|run| choose(run)).collect();
    runs.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    runs.into_iter().map(|run| line(model, run)).collect()
}

/// Whether a run is of this template.
pub(crate) fn is_of(run: &Run, template: &Entity) -> bool {
    EntityRef::parse(&run.template, Some("template"), "default")
        .is_ok_and(|reference| reference == template.reference)
}

pub(crate) fn line<'a>(model: &Model<'a>, run: &'a Run) -> RunLine<'a> {
    let is_over = |step: &&RunStep| {
        matches!(step.status, Status::Completed | Status::Skipped | Status::Undone)
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
