//! Everything that undoing a run would do, as a value that reviewers see before it is done.

use callboard_planner::{Plan, plan::step::EVERY_ITEM};
use serde::Serialize;

use crate::{
    base::{
        hash::sha256_hex,
        text::markdown::{code, list, sentence},
    },
    scaffold::{
        effects::Output,
        run::{EffectState, Run, RunEffect, RunStep},
    },
};

/// Most effects of a comment, and most bytes of them.
const MOST_LINES: usize = 100;
const MOST_BYTES: usize = 4_000;

/// Everything that undoing a run would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UndoPlan {
    /// Id of the request.
    pub request: String,
    /// Hash of the plan that the run carried out.
    pub plan: String,
    /// What the run has done, the last first.
    pub effects: Vec<UndoEffect>,
}

/// What becomes of an effect of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UndoEffect {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// What it changed.
    pub target: String,
    /// One line about it.
    pub summary: String,
    /// What undoes it; `None` when nothing does.
    pub undo: Option<String>,
    /// Whether it is known that it was done.
    pub is_certain: bool,
    /// Its outputs, which say which thing it made.
    pub output: Output,
}

impl UndoPlan {
    /// Makes the plan of a run. `plan` is the one that the run has carried out.
    pub fn new(plan: &Plan, run: &Run) -> Self {
        let mut effects = Vec::new();
        for step in run.steps.iter().rev() {
            for effect in step.effects.iter().rev() {
                let is_certain = match effect.state {
                    Some(EffectState::Done) => true,
                    Some(EffectState::Intended) => false,
                    None | Some(EffectState::Failed | EffectState::Undone) => continue,
                };
                effects.push(UndoEffect {
                    id: effect.id.clone(),
                    kind: effect.kind.clone(),
                    target: effect.target.clone(),
                    summary: effect.summary.clone(),
                    undo: undo_of(plan, step, effect).filter(|_| is_certain),
                    is_certain,
                    output: effect.output.clone(),
                });
            }
        }
        Self { request: run.request.clone(), plan: run.plan.clone(), effects }
    }

    /// SHA-256 of the plan in hexadecimal: what reviewers approve.
    pub fn hash(&self) -> String {
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// The plan for the comment of a pull request.
    pub fn to_markdown(&self) -> String {
        let request = code(&self.request);
        if self.effects.is_empty() {
            return format!("### {request} is taken back\n\nNothing was made for it.\n");
        }
        let line = |effect: &UndoEffect| match &effect.undo {
            Some(undo) => format!("- {}: {}\n", code(&effect.target), sentence(undo)),
            None => format!(
                "- {}: **{}** ({})\n",
                code(&effect.target),
                effect.without_undo(),
                sentence(&effect.summary)
            ),
        };
        let lines: Vec<_> = self.effects.iter().map(line).collect();
        format!(
            "### Undo of {request}\n\nMerging this takes the request back, and undoes what its run made, unless others \
             have changed it:\n\n{}",
            list(&lines, MOST_LINES, MOST_BYTES)
        )
    }
}

impl UndoEffect {
    /// Why it stays.
    pub fn without_undo(&self) -> &'static str {
        if self.is_certain { "cannot be undone" } else { "not known whether it was done" }
    }
}

/// What the plan says that undoes an effect of a run. Effects of items that the plan did not know stand once in it.
fn undo_of(plan: &Plan, step: &RunStep, effect: &RunEffect) -> Option<String> {
    let effects = || plan.effects();
    if let Some(planned) = effects().find(|planned| planned.id == effect.id) {
        return planned.undo.clone();
    }
    let number = effect.id.rsplit('/').next();
    let of_every = plan
        .steps
        .iter()
        .filter(|planned| planned.id == step.id && planned.each.as_deref() == Some(EVERY_ITEM));
    let mut same = of_every.flat_map(|planned| &planned.effects);
    same.find(|planned| planned.id.rsplit('/').next() == number)?.undo.clone()
}
