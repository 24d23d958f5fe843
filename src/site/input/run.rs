//! Runs of requests, as pages show them.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The record of one apply.
#[derive(Debug, Clone)]
pub struct Run {
    /// Id of the request; also the name of the run's page.
    pub id: String,
    /// Name of the template, or its entity reference.
    pub template: String,
    /// Entity reference of who asked.
    pub requester: String,
    /// What it came to.
    pub status: Status,
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The values of its parameters.
    pub values: Map<String, Value>,
    /// Its steps, in order.
    pub steps: Vec<RunStep>,
    /// What was made.
    pub links: Vec<RunLink>,
    /// What its template says to who asked.
    pub texts: Vec<RunText>,
    /// Those who approved it: references of users, or names of accounts that no user has.
    pub approvers: Vec<String>,
    /// Address of the pull request that brought the request.
    pub pull_request: Option<String>,
    /// Address of the job that applied it.
    pub job: Option<String>,
    /// In which parts its plan differs from the approved one, where the policy lets it.
    pub deviation: Vec<String>,
    /// What it needs from a person to go on.
    pub need: Option<RunNeed>,
    /// What it waits for, of one that has not begun.
    pub wait: Option<RunWait>,
    /// What it made and is no longer so, as far as it was compared.
    pub drift: Option<RunDrift>,
}

/// What a run made and is no longer so.
#[derive(Debug, Clone)]
pub struct RunDrift {
    /// When that was compared.
    pub at: Option<Timestamp>,
    /// One line for each thing that is gone or different.
    pub differences: Vec<String>,
}

/// What a run needs from a person to go on.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunNeed {
    /// The effect of which somebody has to say whether it was done; none of a run that only stopped.
    pub effect: Option<String>,
    /// The command that goes on with the run.
    pub command: String,
}

/// What a request waits for whose run has not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunWait {
    /// The next job that applies requests.
    Apply,
    /// The end of the run of another request, by its id.
    Run(String),
    /// That these problems are mended.
    Problems(Vec<String>),
}

/// One step of a run, or one turn of a step for an item.
#[derive(Debug, Clone)]
pub struct RunStep {
    /// Id in the template.
    pub id: String,
    /// The key of the item, of a step for each item.
    pub item: Option<String>,
    /// What people call it.
    pub name: String,
    /// What it calls, such as `fetch:template`.
    pub action: String,
    /// What it came to.
    pub status: Status,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The one line that matters, such as why it failed.
    pub message: Option<String>,
    /// What it changes outside of its workspace.
    pub effects: Vec<RunEffect>,
    /// The lines that it logged.
    pub log: Vec<String>,
    /// Its outputs that are addresses of the web, each with its name.
    pub links: Vec<RunLink>,
}

/// One change that a step makes outside of its workspace.
#[derive(Debug, Clone)]
pub struct RunEffect {
    /// What it does, in one line.
    pub summary: String,
    /// What it changes; an address of the web is a link.
    pub target: String,
    /// How far it is: one that was begun and not ended, of which somebody has to say whether it was done, is
    /// [`Status::Asking`].
    pub status: Status,
}

/// A link from a run to what it made: an address, or the reference of an entity.
#[derive(Debug, Clone)]
pub struct RunLink {
    /// What it is.
    pub title: String,
    /// A URL or an entity reference such as `component:default/cart`.
    pub url: String,
}

/// A text for who asked.
#[derive(Debug, Clone)]
pub struct RunText {
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Markdown.
    pub content: String,
}

/// State of a run, of a step or of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not begun.
    Waiting,
    /// Begun, and not ended.
    Running,
    /// Begun and not ended, and nothing goes on with it.
    Stopped,
    /// Ended badly, and a person has to say what became of an effect.
    Asking,
    /// Ended well, and what it made is no longer so.
    Drifted,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Left out, because its condition did not hold or an earlier step failed.
    Skipped,
    /// Ended, and what it made was removed again.
    Undone,
    /// Taken back before it was completed.
    Cancelled,
}

impl Status {
    /// All of them, those that need somebody first.
    pub(crate) const ALL: [Self; 10] = [
        Self::Asking,
        Self::Stopped,
        Self::Failed,
        Self::Drifted,
        Self::Running,
        Self::Waiting,
        Self::Completed,
        Self::Skipped,
        Self::Undone,
        Self::Cancelled,
    ];

    /// Whether a run with it has yet to end.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running | Self::Stopped | Self::Asking)
    }
}
