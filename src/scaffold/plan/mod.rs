//! Plans: everything that a request would do, as a value.
//!
//! Planning reads the portal's files and the catalog. It has no network and no secrets and starts no process, and
//! the same request always has the same plan, byte by byte.

mod markdown;
mod names;
mod output;
mod text;

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

pub use super::effects::Effect;
use super::{
    Claim, Settings,
    actions::{PlanContext, StepContext, StepResults},
    check, parameters,
    request::Request,
    steps,
    template::Template,
    workspace::Workspace,
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        hash::sha256_hex,
        path::RelativePath,
        text::did_you_mean,
    },
    catalog::{Catalog, EntityRef, Issue},
};
pub(super) use output::render as render_output;
pub use output::{Link, Output, Text};

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
    /// The links and texts at the end of the run.
    pub output: Output,
    /// Warnings for reviewers; not part of the hash.
    pub warnings: Vec<Diagnostic>,
    #[serde(skip)]
    pub(super) workspace: Workspace,
    /// The repositories and entities that it creates, in the order of its effects.
    #[serde(skip)]
    pub(super) claims: Vec<Claim>,
    /// [`Request::digest`].
    #[serde(skip)]
    pub(super) request_digest: String,
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

/// Whether a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlannedStatus {
    /// It runs.
    Planned,
    /// Its condition is false.
    Skipped,
}

/// One step of a plan.
#[derive(Debug, Serialize)]
pub struct PlannedStep {
    /// Its id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// Whether it runs.
    pub state: PlannedStatus,
    /// The rendered input.
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

/// One file of a plan.
#[derive(Debug, Serialize)]
pub struct PlannedFile {
    /// Its path in the workspace.
    pub path: RelativePath,
    /// Its size in bytes.
    pub bytes: usize,
    /// Digest of its content.
    pub sha256: String,
    /// Whether it may be executed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// The template of a request, and its parameters with defaults, checked.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) template: Template,
    pub(super) parameters: Map<String, Value>,
}

/// Plans a request: every file, every effect, every output that can be known before.
///
/// # Errors
/// All that is wrong with the request or its template, sorted by place.
pub fn plan(
    portal: &Path,
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
    let inputs = prepare(portal, catalog, request).map_err(sorted)?;
    let cx = inputs.context(portal, catalog, settings, request);
    plan_steps(&cx).map_err(sorted)
}

impl Inputs {
    pub(super) fn context<'a>(
        &'a self,
        portal: &'a Path,
        catalog: &'a Catalog,
        settings: &'a Settings,
        request: &'a Request,
    ) -> PlanContext<'a> {
        PlanContext {
            portal,
            catalog,
            settings,
            request,
            template: &self.template,
            parameters: &self.parameters,
        }
    }
}

/// Loads the template of a request and completes its parameters.
pub(super) fn prepare(
    portal: &Path,
    catalog: &Catalog,
    request: &Request,
) -> Result<Inputs, Vec<Diagnostic>> {
    let mut problems: Vec<_> = parameters::check_requester(request, catalog).into_iter().collect();
    let template = match Template::load(portal, catalog, &request.template) {
        Ok(Some(template)) => template,
        Ok(None) => {
            problems.push(unknown_template(portal, catalog, request));
            return Err(problems);
        }
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    problems.extend(check::errors(&template));
    match parameters::resolve(request, &template, catalog) {
        Ok(parameters) if problems.is_empty() => Ok(Inputs { template, parameters }),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    }
}

fn unknown_template(portal: &Path, catalog: &Catalog, request: &Request) -> Diagnostic {
    let reference = &request.template;
    let message = format!("there is no template `{reference}`");
    let issue = Issue::error("unknown-template", "/template", message);
    let file = format!("scaffolds/templates/{}/template.yaml", reference.name());
    let hint = if portal.join(&file).exists() {
        Some(format!("`{file}` has mistakes: `callboard check` names them"))
    } else {
        let templates = || catalog.of_kind("Template").map(|e| e.reference.as_str());
        let names = catalog.of_kind("Template").map(|e| e.reference.name());
        did_you_mean(reference.as_str(), templates())
            .or_else(|| did_you_mean(reference.name(), names))
            .or_else(|| {
                let list: Vec<_> = templates().collect();
                (!list.is_empty()).then(|| format!("there are `{}`", list.join("`, `")))
            })
    };
    request.diagnostic(issue.hint_opt(hint))
}

/// Runs all steps in memory.
pub(super) fn plan_steps(cx: &PlanContext<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let template = cx.template;
    let mut results = StepResults::default();
    let (mut planned, mut warnings) = (Vec::new(), Vec::new());
    for (index, step) in template.steps.iter().enumerate() {
        let cx = StepContext { plan: cx, index };
        let mut row = PlannedStep {
            id: step.id.clone(),
            name: step.name.clone(),
            action: step.action.clone(),
            state: PlannedStatus::Skipped,
            input: Value::Null,
            message: String::new(),
            log: Vec::new(),
            effects: Vec::new(),
        };
        if let Some((input, plan)) = steps::plan(&cx, &mut results)? {
            row.state = PlannedStatus::Planned;
            row.input = input;
            row.message = plan.message;
            row.log = plan.log;
            row.effects = plan.effects;
            warnings.extend(plan.warnings);
        }
        planned.push(row);
    }
    names::check(cx, planned.iter().flat_map(|step| &step.effects))?;
    let output = output::render(cx, &results)?;
    let repositories = &cx.settings.repositories;
    let effects = planned.iter().flat_map(|step| &step.effects);
    let claims = effects.map(|effect| effect.claim(repositories)).collect();
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
        output,
        warnings,
        workspace: results.workspace,
    })
}

fn files(workspace: &Workspace) -> Vec<PlannedFile> {
    let files = workspace.files().map(|(path, file)| PlannedFile {
        path: path.clone(),
        bytes: file.bytes.len(),
        sha256: sha256_hex(&file.bytes),
        executable: file.executable,
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
