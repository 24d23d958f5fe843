//! Executors: carry out the effects of a plan. Only apply uses them.
//!
//! An executor can say whether its effect is there already and whose it is, by the mark of the request, so that an
//! effect is done once where the other side can be asked.

mod api;
mod catalog_entities;
mod git_branch;
mod git_repository;
mod http_request;
mod notification;
mod own_action;
mod portal_files;
mod secrets;

use std::{path::Path, time::Duration};

use callboard_planner::{Effect, EffectKind, effect::InputError, workspace::Workspace};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Settings, run::Review};
use crate::{
    base::{
        environment::{Environment, Redactor},
        path::RelativePath,
        text::with_causes,
    },
    forge::{Connections, Credential},
};

/// The world outside, in which effects are carried out.
pub struct World<'a> {
    /// Directory of the portal, in a git repository.
    pub portal: &'a Path,
    /// Its settings.
    pub settings: &'a Settings,
    /// Returns the time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Waits before an effect is tried again.
    pub pause: &'a dyn Fn(Duration),
    /// The environment variables, of which a command gets those that its action declares.
    pub environment: &'a Environment,
    /// Replaces secrets in records and events.
    pub redactor: &'a Redactor,
    /// The git repository that has the portal.
    pub repository: &'a dyn PortalRepository,
    /// Finds the executor of a kind of effects.
    pub executors: &'a dyn Executors,
    /// Name of this runner, in leases of runs.
    pub runner: &'a str,
    /// The connections to the servers whose API effects call.
    pub connections: &'a Connections,
    /// How the request was reviewed.
    pub review: Review,
}

impl World<'_> {
    /// The credential of the nearest origin of a URL, when there is one.
    pub(super) fn credential_of(&self, url: &str) -> Option<&Credential> {
        self.connections.credential_of(url)
    }
}

/// The git repository that has the portal: effects in the portal's own files are commits there.
pub trait PortalRepository {
    /// Commits files with this message, and pushes where the portal has a remote. A file that is missing is removed.
    /// The effect that wrote the files is done only afterwards, so that a resumed run calls this again with the
    /// same files.
    ///
    /// # Errors
    /// The files are not committed or not pushed; the step fails.
    fn commit(
        &self,
        files: &[RelativePath],
        message: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// What the outputs of an effect are: by name, for the outputs of its step.
pub type Output = Map<String, Value>;

/// What an effect gives to its run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectResult {
    /// Its outputs.
    pub output: Output,
    /// The files of the workspace, when it [changes](Effect::changes_workspace) them.
    pub workspace: Option<Workspace>,
}

impl From<Output> for EffectResult {
    fn from(output: Output) -> Self {
        Self { output, workspace: None }
    }
}

/// The runner, to whom an executor shows that it goes on.
pub trait Watch {
    /// Takes lines for the log, which may be none. An executor that waits calls it again and again, so that the lease of
    /// the run is renewed.
    ///
    /// # Errors
    /// The executor must stop what it does.
    fn tell(&mut self, lines: &[String]) -> Result<(), Interruption>;
}

/// The watch of an executor that belongs to no run that goes on: nothing is logged.
pub(super) struct NoWatch;

impl Watch for NoWatch {
    fn tell(&mut self, _: &[String]) -> Result<(), Interruption> {
        Ok(())
    }
}

/// The runner stops an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interruption;

/// Carries out one kind of effects.
pub trait Executor {
    /// Looks whether the effect is there already.
    ///
    /// # Errors
    /// The other side cannot be asked.
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault>;

    /// Carries out the effect; returns what it made.
    ///
    /// # Errors
    /// Nothing was done, except for [`Fault::Ambiguous`].
    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault>;

    /// Compares what the effect made, with the outputs `done`, with what is there now.
    ///
    /// # Errors
    /// The other side cannot be asked.
    fn compare(
        &self,
        effect: &Effect,
        _done: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        Ok(Comparison::of(self.probe(effect, mark, world)?, effect))
    }

    /// Undoes the effect, whose outputs were `done`, when what it made was not changed by others since.
    ///
    /// # Errors
    /// It cannot be undone, or others have changed it.
    fn undo(
        &self,
        effect: &Effect,
        done: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<(), Fault>;
}

/// What says that something was made for a request.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Id of the request.
    pub request: &'a str,
    /// Time at which the run started, for what has a time, so that what is made again is the same.
    pub time: Timestamp,
    /// How the request was reviewed.
    pub review: &'a Review,
    /// Whether the effect may be done already: a run was about to do it, and did not record how that ended.
    pub may_be_done: bool,
}

/// What an executor finds where its effect would be.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// Nothing.
    Absent,
    /// What the same effect of the same request made; its outputs.
    Ours(Output),
    /// Something else, with the reason.
    Foreign(String),
    /// The other side cannot tell.
    Unknowable,
}

/// How what an effect made compares with what is there now. Each text says what is another one, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// It is as the run made it.
    Same,
    /// It is not there any more.
    Gone(String),
    /// It is another one now, or has other values.
    Different(String),
    /// The other side cannot tell.
    Unknown(String),
}

impl Comparison {
    /// The comparison that a probe gives, where it looks at all that the effect made.
    fn of(probe: Probe, effect: &Effect) -> Self {
        match probe {
            Probe::Ours(_) => Self::Same,
            Probe::Absent => Self::Gone(format!("`{}` is gone", effect.target)),
            Probe::Foreign(why) => Self::Different(why),
            Probe::Unknowable => Self::Unknown(format!("nobody can ask about `{}`", effect.target)),
        }
    }
}

/// Why an effect was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was done, and a repetition may succeed.
    #[error("{message}")]
    Transient {
        /// What happened.
        message: String,
        /// How long the other side asks to wait.
        after: Option<Duration>,
    },
    /// Whether it was done is not known, such as after a time-out.
    #[error("{message}")]
    Ambiguous {
        /// What happened.
        message: String,
    },
    /// The credential may not do it.
    #[error("{message}")]
    Denied {
        /// What happened.
        message: String,
        /// The permission that is missing.
        scope: String,
    },
    /// Something of somebody else is in the way.
    #[error("{message}")]
    Conflict {
        /// What is in the way.
        message: String,
    },
    /// A repetition would be refused, too.
    #[error("{message}")]
    Rejected {
        /// What happened.
        message: String,
    },
}

impl From<InputError> for Fault {
    fn from(error: InputError) -> Self {
        Self::rejected(&error)
    }
}

impl Fault {
    /// A fault that a repetition does not mend.
    pub(super) fn rejected(error: &dyn std::error::Error) -> Self {
        Self::Rejected { message: with_causes(error) }
    }
}

/// The executors of all kinds of effects.
pub trait Executors {
    /// Finds the executor of a kind.
    fn of(&self, kind: EffectKind) -> &dyn Executor;
}

/// The executors of this program.
#[derive(Debug, Clone, Copy)]
pub struct OwnExecutors;

impl Executors for OwnExecutors {
    fn of(&self, kind: EffectKind) -> &dyn Executor {
        match kind {
            EffectKind::GitRepository => &git_repository::GitRepository,
            EffectKind::GitBranch => &git_branch::GitBranch,
            EffectKind::CatalogEntities => &catalog_entities::CatalogEntities,
            EffectKind::PortalFiles => &portal_files::PortalFiles,
            EffectKind::OwnAction => &own_action::OwnAction,
            EffectKind::Api => &api::ApiResources,
            EffectKind::HttpRequest => &http_request::HttpRequest,
            EffectKind::Notification => &notification::Notifications,
        }
    }
}
