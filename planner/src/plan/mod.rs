//! Plans: everything that a request would do, as a value.
//!
//! Planning reads the portal's files and the catalog. It has no network and no secrets and starts no process, and
//! the same request always has the same plan, byte by byte.

mod difference;
mod inputs;
mod markdown;
mod names;
mod output;
pub mod step;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod twice;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    actions::{PlanContext, StepContext, StepPlan, StepResults},
    base::{
        content::LockEntry,
        diagnostics::{self, Diagnostic},
        files::{Files, Mode},
        hash::sha256_hex,
        path::RelativePath,
    },
    catalog::{Catalog, EntityRef},
    claims::Claim,
    effect::Effect,
    engine,
    policy::{self, Policy, PolicyDecision},
    request::Request,
    settings::Settings,
    workspace::Workspace,
};
pub use difference::Difference;
pub use inputs::{Inputs, prepare};
pub use output::{Link, Output, Text, render as render_output};
use step::{Decision, Turn};

/// Everything that a request would do.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Id of the request.
    pub request: String,
    /// The user who asks.
    pub requester: EntityRef,
    /// The template, with the digest of its folder.
    pub template: Pin,
    /// The values, completed by defaults.
    pub parameters: Map<String, Value>,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// The files of the workspace after the last step.
    pub files: Vec<PlannedFile>,
    /// The content of other repositories that the template and its steps read, by its address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<String, LockEntry>,
    /// The links and texts at the end of the run.
    pub output: Output,
    /// The values of inputs, effects and output that only apply knows, such as `steps.publish.output.commitHash`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub known_after_apply: BTreeSet<String>,
    /// What the policy says; `None` without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyDecision>,
    /// Warnings for reviewers; not part of the hash.
    pub warnings: Vec<Diagnostic>,
    /// The files themselves.
    #[serde(skip)]
    pub workspace: Workspace,
    /// The repositories and entities that it creates, in the order of its effects.
    #[serde(skip)]
    pub claims: Vec<Claim>,
    /// [`Request::digest`].
    #[serde(skip)]
    pub request_digest: String,
}

/// A template, pinned by the digest of its folder.
#[derive(Debug, Serialize)]
pub struct Pin {
    /// Its entity.
    pub reference: EntityRef,
    /// Its title.
    pub title: String,
    /// SHA-256 of its folder.
    pub digest: String,
}

/// Whether a turn of a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedStatus {
    /// It runs.
    Planned,
    /// Its condition is false.
    Skipped,
    /// Its condition, or the list of its items, is known only after apply.
    KnownAfterApply,
    /// It runs only after an earlier step has failed.
    AfterFailure,
}

impl From<Decision> for PlannedStatus {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Runs => Self::Planned,
            Decision::Skipped => Self::Skipped,
            Decision::Undecided => Self::KnownAfterApply,
            Decision::AfterFailure => Self::AfterFailure,
        }
    }
}

/// One turn of a step of a plan.
#[derive(Debug, Serialize)]
pub struct PlannedStep {
    /// Its id.
    pub id: String,
    /// The key of its item, of a step with `each`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Its title.
    pub name: String,
    /// The file or the content of another repository that the template includes it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The action it calls.
    pub action: String,
    /// Whether it runs.
    pub state: PlannedStatus,
    /// The rendered input; what is known only after apply is displayed so.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// What it does, in one line for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The texts that it logs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Its effects outside of the workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
}

impl PlannedStep {
    /// Its title, with the item of a step with `each`.
    fn title(&self) -> String {
        step::key(&self.name, self.each.as_deref())
    }

    /// The key of the turn: the id of its step, and the item in brackets.
    pub fn key(&self) -> String {
        step::key(&self.id, self.each.as_deref())
    }
}

/// One file of a plan.
#[derive(Debug, Serialize)]
pub struct PlannedFile {
    /// Its path in the workspace.
    pub path: RelativePath,
    /// Its size in bytes.
    pub bytes: usize,
    /// Digest of its content; `None` when the content is known only after apply.
    pub sha256: Option<String>,
    /// Whether it may be executed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// Whether it is a symbolic link.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub link: bool,
}

impl PlannedFile {
    /// What a list of files says behind the name and the size.
    fn note(&self) -> &'static str {
        match (self.executable, self.link, &self.sha256) {
            (true, ..) => ", executable",
            (_, true, _) => ", a symbolic link",
            (.., None) => ", known after apply",
            _ => "",
        }
    }
}

/// Plans a request: every file, every effect, every output that can be known before.
///
/// # Errors
/// All that is wrong with the request or its template, sorted by place.
pub fn plan(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    request: &Request,
) -> Result<Plan, Vec<Diagnostic>> {
    let sorted = |mut problems: Vec<Diagnostic>| {
        diagnostics::sort(&mut problems);
        problems
    };
    let leaks = request.leaks(&settings.exceptions);
    if !leaks.is_empty() {
        return Err(sorted(leaks));
    }
    let inputs = prepare(files, catalog, settings, request).map_err(sorted)?;
    let cx = inputs.context(files, catalog, settings, request);
    plan_steps(&cx).map_err(sorted)
}

/// Runs all steps in memory.
///
/// # Errors
/// All that is wrong with the first step that cannot be planned.
pub fn plan_steps(cx: &PlanContext<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let template = cx.template;
    let mut results = StepResults::default();
    let (mut planned, mut notes) = (Vec::new(), Notes::default());
    notes.content.clone_from(template.content());
    for index in 0..template.steps.len() {
        let cx = StepContext { plan: cx, index, item: None };
        planned.extend(plan_step(&cx, &mut results, &mut notes)?);
    }
    twice::check(cx, &planned)?;
    let mut policy = None;
    if !cx.request.is_example {
        names::check(cx, planned.iter().flat_map(|step| &step.effects))?;
        policy = policy::decide(Policy::load(cx.files)?.as_ref(), cx, &planned)?;
    }
    let output = output::rendered(cx, &results)?;
    engine::unknown_names(&output, &mut notes.known_after_apply);
    let effects = planned.iter().flat_map(|step| &step.effects);
    let claims = effects.flat_map(|effect| effect.claims.clone()).collect();
    Ok(Plan {
        claims,
        request_digest: cx.request.digest(),
        request: cx.request.id.clone(),
        requester: cx.request.requester.clone(),
        template: Pin {
            reference: template.reference.clone(),
            title: template.title.clone(),
            digest: template.digest.clone(),
        },
        parameters: cx.parameters.clone(),
        steps: planned,
        files: files(&results.workspace),
        content: notes.content,
        output: Output::read(&output),
        known_after_apply: notes.known_after_apply,
        policy,
        warnings: notes.warnings,
        workspace: results.workspace,
    })
}

/// What a plan says about its steps beside them.
#[derive(Default)]
struct Notes {
    warnings: Vec<Diagnostic>,
    known_after_apply: BTreeSet<String>,
    content: BTreeMap<String, LockEntry>,
}

/// Plans all turns of one step; a step with `each` and no item has one row, which does nothing.
fn plan_step(
    cx: &StepContext<'_>,
    results: &mut StepResults,
    notes: &mut Notes,
) -> Result<Vec<PlannedStep>, Vec<Diagnostic>> {
    let turns = step::turns(cx, results)?;
    let (mut rows, mut outputs, mut is_undecided) = (Vec::new(), Vec::new(), false);
    let runs = turns.iter().any(|turn| turn.decision == Decision::Runs);
    for turn in &turns {
        let mut plan = StepPlan::default();
        if turn.has_plan() {
            plan = step::plan(cx, turn, results)?;
            notes.warnings.append(&mut plan.warnings);
            notes.content.append(&mut plan.content);
        }
        let inputs = plan.effects.iter().map(|effect| &effect.input).chain([&turn.input]);
        inputs.for_each(|input| engine::unknown_names(input, &mut notes.known_after_apply));
        match turn.decision {
            Decision::Runs => outputs.push(std::mem::take(&mut plan.output)),
            Decision::Undecided => is_undecided = true,
            Decision::Skipped | Decision::AfterFailure => {}
        }
        rows.push(row(cx, turn, plan));
    }
    if turns.is_empty() {
        rows.push(row(cx, &Turn::without_items(), StepPlan::without_items()));
    }
    if is_undecided {
        step::finish_undecided(cx, results);
    } else if runs || turns.is_empty() {
        step::finish(cx, results, outputs);
    }
    Ok(rows)
}

fn row(cx: &StepContext<'_>, turn: &Turn, plan: StepPlan) -> PlannedStep {
    let step = cx.step();
    PlannedStep {
        id: step.id.clone(),
        each: turn.item.clone(),
        name: step.name.clone(),
        origin: cx.template().origin_of_step(cx.index).map(str::to_owned),
        action: step.action.clone(),
        state: turn.decision.into(),
        input: engine::display(&turn.input),
        message: plan.message,
        log: plan.log,
        effects: plan.effects,
    }
}

fn files(workspace: &Workspace) -> Vec<PlannedFile> {
    let files = workspace.files().map(|(path, file)| PlannedFile {
        path: path.clone(),
        bytes: file.bytes.len(),
        sha256: file.is_known.then(|| sha256_hex(&file.bytes)),
        executable: file.mode == Mode::Executable,
        link: file.mode == Mode::Link,
    });
    files.collect()
}

impl Plan {
    /// The effects of all steps, in order.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.steps.iter().flat_map(|step| &step.effects)
    }

    /// SHA-256 of the plan's canonical JSON without warnings, in hexadecimal. Plans with equal hashes do the same.
    ///
    /// # Panics
    /// Never, like [`Plan::to_json`].
    pub fn hash(&self) -> String {
        let mut value = self.to_json();
        if let Some(map) = value.as_object_mut() {
            map.remove("warnings");
        }
        value.sort_all_objects();
        sha256_hex(value.to_string().as_bytes())
    }

    /// The plan as JSON, without its hash.
    ///
    /// # Panics
    /// Never: all keys of a plan are texts.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a plan has only texts as keys")
    }

    /// The plan for a terminal.
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// The plan for a comment in a pull request, as Markdown that no value of the plan can break. Contents of
    /// files are left out beyond `most` bytes; without them a plan has at most 50 kB.
    pub fn to_markdown(&self, most: usize) -> String {
        markdown::render(self, most)
    }
}
