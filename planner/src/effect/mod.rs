//! Effects: what a plan changes outside of the workspace, as data.
//!
//! The plan decides everything about an effect; an executor of the apply carries it out. An effect is hashed whole,
//! so that a plan with another target, input or undo is another plan.

mod api;
mod http;
mod wait;

pub use api::{
    Alternative, Api, ApiInput, Call, Lookup, Method, Owner, Refusal, Resource, ServerValue,
    contains,
};
pub use http::{HttpRequestInput, Notification, NotificationInput};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
pub use wait::Wait;

use crate::{base::path::RelativePath, claims::Claim, engine, workspace::Workspace};

/// Annotation of a registered entity that names the request it comes from.
pub const REQUEST_ANNOTATION: &str = "callboard.dev/request";

/// One change outside of the workspace.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// Its id, unique in the plan: the key of its step and its number there, such as `publish/1`.
    pub id: String,
    /// Which executor carries it out.
    pub kind: EffectKind,
    /// What it changes.
    pub target: Target,
    /// All that the executor needs, of the type that belongs to the kind. Parts may be known only after apply.
    #[serde(serialize_with = "displayed")]
    pub input: Value,
    /// One line for people.
    pub summary: String,
    /// Names of the credentials that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// What undoing it does, in one line; `None` when it cannot be undone.
    pub undo: Option<String>,
    /// What no other request may make.
    #[serde(skip)]
    pub claims: Vec<Claim>,
    /// The files that it publishes, or that a command gets; their digest is in `input`.
    #[serde(skip)]
    pub files: Option<Workspace>,
    /// Whether the files of the workspace are those that it makes. It is carried out again by a run that goes on.
    #[serde(skip)]
    pub changes_workspace: bool,
}

fn displayed<S: serde::Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    engine::display(value).serialize(serializer)
}

/// The kinds of effects; each has one executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// A new repository with one commit: [`RepositoryInput`].
    GitRepository,
    /// A commit on a branch of a repository that is there: [`BranchInput`].
    GitBranch,
    /// New entities in the catalog: [`EntitiesInput`].
    CatalogEntities,
    /// New files in the portal's own repository: [`PortalFilesInput`].
    PortalFiles,
    /// A run of the command of an own action of the portal: [`OwnActionInput`].
    OwnAction,
    /// Things that a server makes or sets through its API: [`ApiInput`].
    Api,
    /// One request to an API of which nothing is known: [`HttpRequestInput`].
    HttpRequest,
    /// A message to people: [`NotificationInput`].
    Notification,
}

impl EffectKind {
    /// The word in plans and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitRepository => "git-repository",
            Self::GitBranch => "git-branch",
            Self::CatalogEntities => "catalog-entities",
            Self::PortalFiles => "portal-files",
            Self::OwnAction => "own-action",
            Self::Api => "api",
            Self::HttpRequest => "http-request",
            Self::Notification => "notification",
        }
    }
}

/// What an effect changes: a server or directory, and the path of the thing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `https://host`, `ssh://host`, a directory, `portal` for the portal's own files, `action` for what the command of
    /// an own action reaches, or `webhook` for the webhook whose address is in a variable.
    pub origin: String,
    /// The path of the thing there.
    pub path: String,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.origin.trim_end_matches('/'), self.path.trim_start_matches('/'))
    }
}

/// Input of [`EffectKind::GitRepository`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryInput {
    /// `owner/name`.
    pub repository: String,
    /// Branch of the commit.
    pub branch: String,
    /// Message of the commit.
    pub message: String,
    /// Name of the commit's author.
    pub author_name: String,
    /// E-mail address of the commit's author.
    pub author_email: String,
    /// URL that the commit is pushed to; `None`: a bare repository at the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_url: Option<String>,
    /// URL at which people reach the repository; `None`: the target itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// [`Workspace::digest`] of its files, known after apply where that of a file is.
    pub tree: Value,
}

/// Input of [`EffectKind::GitBranch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BranchInput {
    /// `owner/name`.
    pub repository: String,
    /// URL that the commit is pushed to.
    pub url: String,
    /// Branch of the commit.
    pub branch: String,
    /// The branch that a new one starts from; the default branch without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether the branch may be there, so that the commit is added to it.
    pub is_added: bool,
    /// Folder of the repository that the files go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<RelativePath>,
    /// Message of the commit.
    pub message: String,
    /// Name of the commit's author.
    pub author_name: String,
    /// E-mail address of the commit's author.
    pub author_email: String,
    /// [`Workspace::digest`] of its files, known after apply where that of a file is.
    pub tree: Value,
}

/// Input of [`EffectKind::CatalogEntities`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntitiesInput {
    /// The entities.
    pub entities: Vec<EntityInput>,
}

/// A new entity in the catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityInput {
    /// Its reference.
    pub reference: String,
    /// The fragment's file, relative to the portal.
    pub file: RelativePath,
    /// The content of the fragment.
    pub document: Value,
}

/// Input of [`EffectKind::PortalFiles`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortalFilesInput {
    /// The folder that the files are below, relative to the portal.
    pub folder: RelativePath,
    /// The files; their content is in [`Effect::files`].
    pub files: Vec<PortalFile>,
}

/// A new file of the portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortalFile {
    /// Its path in the folder.
    pub path: RelativePath,
    /// SHA-256 of its content in hexadecimal, or a value that is known only after apply.
    pub digest: Value,
    /// Whether it may be executed.
    pub is_executable: bool,
}

/// Input of [`EffectKind::OwnAction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnActionInput {
    /// Id of the action.
    pub action: String,
    /// [`Workspace::digest`] of its folder: what runs is what was approved.
    pub digest: String,
    /// Reference of the user who asks.
    pub requester: String,
    /// The rendered input of the step.
    pub input: Value,
    /// [`Workspace::digest`] of the files that the command gets, known after apply where that of a file is; `None` when it
    /// gets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Value>,
}

/// The input of an effect cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A part is not known.
    #[error("the effect `{0}` still has values that are not known")]
    Unknown(String),
    /// An output of an earlier effect is not what an address may have.
    #[error("the effect `{0}` cannot be called with the value of {1}, which is no id")]
    Output(String, String),
    /// It has not the shape that belongs to its kind.
    #[error("the input of the effect `{0}` is wrong")]
    Shape(String, #[source] serde_json::Error),
}

impl Effect {
    /// Reads the input as the type that belongs to the kind.
    ///
    /// # Errors
    /// A part is not known, or the input is of another kind.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, InputError> {
        if engine::contains_unknown(&self.input) {
            return Err(InputError::Unknown(self.id.clone()));
        }
        T::deserialize(&self.input).map_err(|error| InputError::Shape(self.id.clone(), error))
    }

    /// The same effect with the outputs that its step has so far, by their names: what an effect of a step makes, such as
    /// an id, may stand in the next one.
    ///
    /// # Errors
    /// An output cannot stand where the effect has it.
    pub fn settled(&self, step: &str, output: &Map<String, Value>) -> Result<Self, InputError> {
        let input = engine::settle(&self.input, step, output)
            .map_err(|name| InputError::Output(self.id.clone(), name))?;
        Ok(Self { input, ..self.clone() })
    }

    /// The requests that it sends to a server's API, when nothing is there yet: method, address and what they make.
    pub fn calls(&self) -> Vec<String> {
        let base = self.input["base"].as_str().unwrap_or_default();
        if self.kind == EffectKind::HttpRequest {
            let shown = engine::display(&self.input);
            let part = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
            return vec![format!("{} {}", part("method"), part("url"))];
        }
        let resources = self.input["resources"].as_array().filter(|_| self.kind == EffectKind::Api);
        let call = |resource: &Value| {
            let call = &resource["create"];
            let path = engine::display(&call["path"]);
            let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {base}{}: {}", part(&call["method"]), part(&path), part(&resource["name"]))
        };
        resources.into_iter().flatten().map(call).collect()
    }

    /// The entities that it registers; none for other kinds.
    pub fn entities(&self) -> Vec<EntityInput> {
        let input = (self.kind == EffectKind::CatalogEntities)
            .then(|| EntitiesInput::deserialize(&self.input));
        input.and_then(Result::ok).map(|input| input.entities).unwrap_or_default()
    }

    /// True when what is to be done now is what was planned, where values that the plan did not know stand for any
    /// value. The id is not compared.
    pub fn fits(&self, actual: &Self) -> bool {
        let facts = |effect: &Self| {
            serde_json::json!([
                effect.kind,
                effect.target,
                effect.input,
                effect.secrets,
                effect.undo
            ])
        };
        engine::fits(&facts(self), &facts(actual))
    }
}
