//! Actions: what the steps of a template call.
//!
//! An action is pure: it changes the workspace in memory, returns outputs, and describes its effects outside of
//! the workspace. Executors of the apply carry out effects.

mod argocd;
mod azure;
mod catalog;
mod debug;
mod fetch;
mod fs;
mod gitea;
mod github;
mod gitlab;
mod http;
mod input;
mod input_check;
mod kubernetes;
mod notification;
pub mod own;
mod portal;
mod publish;
mod registry;
mod roadiehq;
mod texts;
mod wait;
mod workspace;

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

use crate::{
    base::{
        content::LockEntry, diagnostics::Diagnostic, files::Files, hash::sha256_hex,
        path::RelativePath,
    },
    catalog::{Catalog, Issue},
    effect::Effect,
    engine,
    plan::step::EVERY_ITEM,
    request::Request,
    settings::Settings,
    template::{Step, Template},
    workspace::Workspace,
};
pub(crate) use azure::cloned_address;
pub use notification::address_of;
pub use publish::MAPPED;
pub use registry::Actions;

/// One action.
pub trait Action: Sync {
    /// Its name in templates.
    fn id(&self) -> &str;
    /// What it does, in one sentence.
    fn description(&self) -> &str;
    /// JSON Schema of its input.
    fn schema(&self) -> Value;
    /// Its outputs: the name of each, and what it is.
    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![]
    }
    /// Inputs whose values may be known only after apply, wholly or in part. A step that needs another input is
    /// refused when that is not known.
    fn later_inputs(&self) -> Vec<&str> {
        vec![]
    }
    /// Inputs that may have secrets of the settings. They are sent where the step says, and are nowhere else.
    fn secret_inputs(&self) -> Vec<&str> {
        vec![]
    }
    /// True when an input that is not in the schema is an error. Of other actions it is a warning, as in Backstage, unless
    /// it looks like a known one.
    fn is_strict(&self) -> bool {
        false
    }
    /// Checks a step of a template without a request: its input is not rendered.
    fn check(&self, _cx: &StepContext<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }
    /// Changes the workspace in memory, and returns outputs and effects.
    ///
    /// # Errors
    /// All that is wrong with the step. The workspace may be changed in part.
    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>>;
}

/// The actions of the program, in the order of the documentation. A portal can have [others](Actions).
const ACTIONS: &[&dyn Action] = &[
    &fetch::FetchTemplate,
    &fetch::FetchTemplateFile,
    &fetch::FetchPlain,
    &fetch::FetchPlainFile,
    &workspace::WorkspaceTemplate,
    &workspace::WorkspaceTemplateFile,
    &fs::Delete,
    &fs::Rename,
    &fs::ReadDirectory,
    &fs::Read,
    &roadiehq::Write,
    &roadiehq::Append,
    &roadiehq::Parse,
    &roadiehq::Replace,
    &roadiehq::JSON_MERGE,
    &roadiehq::YAML_MERGE,
    &roadiehq::MERGE,
    &roadiehq::SerializeJson,
    &roadiehq::SerializeYaml,
    &roadiehq::Jsonata,
    &roadiehq::TransformJson,
    &roadiehq::TransformYaml,
    &debug::Log,
    &wait::Wait,
    &wait::Sleep,
    &publish::PublishGit,
    &publish::GITHUB,
    &publish::GITLAB,
    &publish::AZURE,
    &publish::GITEA,
    &publish::BITBUCKET_CLOUD,
    &publish::BITBUCKET_SERVER,
    &gitea::PullRequest,
    &gitlab::MERGE_REQUEST,
    &gitlab::REPO_PUSH,
    &gitlab::GROUP_ENSURE_EXISTS,
    &gitlab::PROJECT_VARIABLE_CREATE,
    &gitlab::ISSUES_CREATE,
    &gitlab::PIPELINE_TRIGGER,
    &gitlab::PROJECT_ACCESS_TOKEN_CREATE,
    &gitlab::PROJECT_DEPLOY_TOKEN_CREATE,
    &azure::PipelineCreate,
    &azure::PipelinePermit,
    &azure::PipelineRun,
    &azure::RepositoryClone,
    &azure::RepositoryPush,
    &azure::PULL_REQUEST,
    &azure::OLDER_PULL_REQUEST,
    &github::ACTIONS[0],
    &github::ACTIONS[1],
    &github::ACTIONS[2],
    &github::ACTIONS[3],
    &github::ACTIONS[4],
    &github::ACTIONS[5],
    &github::ACTIONS[6],
    &github::ACTIONS[7],
    &github::ACTIONS[8],
    &github::ACTIONS[9],
    &github::ACTIONS[10],
    &github::ACTIONS[11],
    &kubernetes::Apply,
    &argocd::CreateResources,
    &catalog::Fetch,
    &catalog::Write,
    &catalog::ANNOTATE,
    &catalog::TEMPLATE_VERSION,
    &catalog::SCAFFOLDED_FROM,
    &http::BackstageRequest,
    &http::Request,
    &notification::Send,
    &catalog::Register,
    &portal::PortalWrite,
];

/// What planning a request reads; the same for all steps.
pub struct PlanContext<'a> {
    /// The files of the portal.
    pub files: &'a dyn Files,
    /// Its catalog.
    pub catalog: &'a Catalog,
    /// Its settings.
    pub settings: &'a Settings,
    /// What steps can call.
    pub actions: &'a Actions,
    /// The request.
    pub request: &'a Request,
    /// The template of the request.
    pub template: &'a Template,
    /// The values of the request, completed by defaults.
    pub parameters: &'a Map<String, Value>,
}

impl PlanContext<'_> {
    /// What expressions know besides their values; they draw on the budget of `results`.
    pub(crate) fn environment(&self, results: &StepResults) -> engine::Environment {
        let environment = engine::Environment::default().with_budget(&results.budget);
        let environment = environment.with_seed(&self.request.id);
        let hosts = self.settings.hosts.iter();
        hosts.fold(environment, |environment, (host, provider)| {
            environment.with_host(host, provider.forge)
        })
    }
}

/// What earlier steps leave for later ones.
#[derive(Debug, Default)]
pub struct StepResults {
    /// The files that they made.
    pub workspace: Workspace,
    /// What `steps` is in expressions: `{"output": …}` by the id of the step.
    pub outputs: Map<String, Value>,
    /// Written id of each step that publishes a folder, and the folder; `None` is the whole workspace.
    pub(crate) published: Vec<(String, Option<RelativePath>)>,
    /// True once a step has failed.
    pub failed: bool,
    /// The content of other repositories that they read, by its address.
    pub(crate) content: BTreeMap<String, LockEntry>,
    /// True once it is known only after apply whether a step reads such content.
    pub(crate) has_undecided_content: bool,
    /// What the templates of all steps may cost together.
    pub(crate) budget: engine::Budget,
}

/// The plan of one turn of a step.
#[derive(Debug, Default)]
pub struct StepPlan {
    /// Its outputs; one that is known only after apply is [`engine::unknown`].
    pub output: Map<String, Value>,
    /// What it does, in one line.
    pub message: String,
    /// What it logs.
    pub log: Vec<String>,
    /// Its effects outside of the workspace.
    pub effects: Vec<Effect>,
    /// Warnings for reviewers.
    pub warnings: Vec<Diagnostic>,
    /// The content of other repositories that this step and those before it read, by its address.
    pub content: BTreeMap<String, LockEntry>,
}

impl StepResults {
    /// The content of other repositories that the template and its steps read so far, by its address.
    pub(crate) fn content(&self, template: &Template) -> BTreeMap<String, LockEntry> {
        let mut content = template.content().clone();
        content.extend(self.content.clone());
        content
    }
}

impl StepPlan {
    /// The plan of a step with `each` that has no item.
    pub fn without_items() -> Self {
        Self { message: "there is no item".to_owned(), ..Self::default() }
    }
}

/// Longest key of an item that stands in texts on servers as it is.
const MOST_KEY: usize = 60;

/// One step and the context of its plan; makes the diagnostics of the step.
pub struct StepContext<'a> {
    /// The context of the whole plan.
    pub plan: &'a PlanContext<'a>,
    /// The step's number in the template, from 0.
    pub index: usize,
    /// The key of the item, while a turn of a step with `each` is planned.
    pub item: Option<&'a str>,
}

impl StepContext<'_> {
    pub(crate) fn template(&self) -> &Template {
        self.plan.template
    }

    /// The step.
    pub fn step(&self) -> &Step {
        &self.template().steps[self.index]
    }

    /// The name of the turn that is planned, for texts on servers: what two turns make has two names. A part of it is known
    /// only after apply while the items are.
    pub(crate) fn turn(&self) -> Value {
        let id = &self.step().id;
        match self.item {
            None => id.as_str().into(),
            Some(EVERY_ITEM) => {
                let key = engine::unknown(id, "each.key");
                engine::concat(&[format!("{id}[").into(), key, "]".into()])
            }
            Some(item) => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                match item.len() <= MOST_KEY && item.chars().all(is_plain) {
                    true => format!("{id}[{item}]").into(),
                    // Whoever asks may have written the key.
                    false => format!("{id}[{}]", &sha256_hex(item.as_bytes())[..12]).into(),
                }
            }
        }
    }

    /// Pointer of the step's input in the template.
    pub(crate) fn input(&self) -> String {
        format!("/spec/steps/{}/input", self.index)
    }

    /// Pointer of the step's action in the template.
    pub(crate) fn action(&self) -> String {
        format!("/spec/steps/{}/action", self.index)
    }

    /// The note of an input that has no effect.
    pub(crate) fn ignored(&self, input: &str, message: &str) -> Diagnostic {
        let pointer = format!("{}/{input}", self.input());
        self.template().diagnostic(Issue::note("ignored-input", pointer, message).at_key())
    }

    /// The notes of those of these inputs that a step has, and that mean nothing here.
    pub(crate) fn unused(&self, input: &Value, names: &[&str]) -> Vec<Diagnostic> {
        let given = names.iter().filter(|name| input.get(name).is_some());
        given.map(|name| self.ignored(name, &format!("`{name}` is not used"))).collect()
    }

    /// The diagnostic of a wrong input.
    pub(crate) fn wrong(&self, input: &str, message: impl fmt::Display) -> Vec<Diagnostic> {
        let pointer = format!("{}/{input}", self.input());
        vec![self.template().wrong(&pointer, "invalid-input", message.to_string())]
    }
}
