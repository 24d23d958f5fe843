//! The arguments of `callboard scaffold`, as clap parses them.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

#[derive(Debug, clap::Args)]
pub(super) struct ScaffoldArgs {
    /// Fetch nothing that `scaffolds/lock.yaml` names and the cache lacks
    #[arg(long, global = true)]
    pub(super) offline: bool,
    #[command(subcommand)]
    pub(super) command: ScaffoldCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScaffoldCommand {
    /// List the templates, and whether they have problems
    List(ListArgs),
    /// Show the parameters, steps and actions of a template, and an example of a request
    Show(ShowArgs),
    /// List the actions that steps can call, or show the inputs and outputs of one
    Actions(ActionsArgs),
    /// Write a request: asks for the parameters of a template, like its form
    New(NewArgs),
    /// Write the files that a template makes of some values into a directory; carries out nothing
    Render(RenderArgs),
    /// Render the test cases of templates, and compare them with the expected files
    Test(TestArgs),
    /// Copy templates of Backstage into this portal, and report what works and what is missing
    Import(ImportArgs),
    /// Lock content of other repositories that templates use: its commit and digest, in `scaffolds/lock.yaml`
    Lock(LockArgs),
    /// Bring the content that `scaffolds/lock.yaml` names into the cache, and check what is there
    Fetch(FetchArgs),
    /// Show everything a request would do; changes nothing
    Plan(PlanArgs),
    /// Carry out the plans of merged requests, each once
    Apply(ApplyArgs),
    /// List the runs, or show the steps and effects of one
    Status(StatusArgs),
    /// Go on with a run that stopped; says of an effect whether it was done
    Resume(ResumeArgs),
    /// Go on with a run that failed
    Retry(RetryArgs),
    /// Undo the effects of a run, the last first; shows them without `--yes`
    Undo(UndoArgs),
    /// Take back a request that is not completed: nothing applies it or goes on with its run
    Cancel(CancelArgs),
    /// Compare what completed runs made with what is there now; changes nothing
    Drift(DriftArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Print the list as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Name or reference of the template
    #[arg(value_name = "TEMPLATE")]
    pub(super) template: String,
    /// Print the template as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ActionsArgs {
    /// Id of an action, such as `fetch:template`
    #[arg(value_name = "ACTION")]
    pub(super) action: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Values of a template's parameters, on the command line or in a file.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ValueArgs {
    /// Value of a parameter; may be given several times. The value is YAML, so that `3` is a number; a key such as
    /// `resources.memory` sets a value of a map
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// YAML file with the values of parameters
    #[arg(long, value_name = "FILE")]
    pub(super) values: Option<PathBuf>,
    /// The user who asks, such as `user:default/jane`
    #[arg(long, value_name = "REF", env = "CALLBOARD_REQUESTER")]
    pub(super) requester: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct NewArgs {
    /// Name or reference of the template
    #[arg(value_name = "TEMPLATE")]
    pub(super) template: String,
    #[command(flatten)]
    pub(super) values: ValueArgs,
    /// Id of the request, which names its file; by default the parameter `name`
    #[arg(long, value_name = "ID")]
    pub(super) id: Option<String>,
    /// Print the request instead of writing its file
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    pub(super) no_input: bool,
    /// Print the request and its file as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RenderArgs {
    /// Name or reference of the template
    #[arg(value_name = "TEMPLATE", required_unless_present = "answers")]
    pub(super) template: Option<String>,
    #[command(flatten)]
    pub(super) values: ValueArgs,
    /// Make the first rendering of a repository again, from its file `.callboard/answers.yaml`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "set", "values", "requester"])]
    pub(super) answers: Option<PathBuf>,
    /// Directory for the files; it must be empty or new
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Print the files as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct TestArgs {
    /// Names of templates; by default all that have tests
    #[arg(value_name = "TEMPLATE")]
    pub(super) templates: Vec<String>,
    /// Write the expected files anew
    #[arg(long)]
    pub(super) update: bool,
    /// Print the results as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Directory with templates, at any depth; or the address of a repository, or of a folder of one, as its forge shows
    /// it
    #[arg(value_name = "DIR|URL")]
    pub(super) from: String,
    /// Only report; copy nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct LockArgs {
    /// Lock the newest commit of addresses that are locked already: of these, or of all
    #[arg(long, value_name = "URL", num_args = 0.., conflicts_with = "check")]
    pub(super) update: Option<Vec<String>>,
    /// Write nothing; fail when the lock lacks an address, or has one that no template names
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) check: bool,
    /// Show what would change, and do not write the lock
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the changes and problems as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct FetchArgs {
    /// Print what was fetched, and the problems, as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Id of a run's request; without it, all runs are listed
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Print the records as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// How a run goes on.
#[derive(Debug, clap::Args)]
pub(super) struct RetryArgs {
    /// Id of the run's request
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Push the commits of registered entities to the remote `origin`
    #[arg(long)]
    pub(super) push: bool,
    /// Print the record of the run as JSON; its steps are printed on standard error
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    pub(super) run: RetryArgs,
    /// Id of an effect of which the record does not say whether it was done, such as `notify/1`
    #[arg(long, value_name = "EFFECT", requires = "was")]
    pub(super) step: Option<String>,
    /// What happened to that effect
    #[arg(long, value_enum, requires = "step")]
    pub(super) was: Option<Was>,
    /// The outputs of that effect as a JSON map, when it was done: later steps read them
    #[arg(long, value_name = "JSON", requires = "was")]
    pub(super) output: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Was {
    /// It was carried out: the run goes on behind it
    Done,
    /// It was not carried out: the run carries it out
    NotDone,
}

#[derive(Debug, clap::Args)]
pub(super) struct UndoArgs {
    /// Id of the run's request
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Undo; without it, only what would be undone is shown
    #[arg(long)]
    pub(super) yes: bool,
    /// Open a pull request that takes the request back: it shows what is undone, and merging it undoes that
    #[arg(long, conflicts_with = "yes")]
    pub(super) pull_request: bool,
    /// Push the commits of removed entities to the remote `origin`
    #[arg(long)]
    pub(super) push: bool,
    /// Print the effects and what undoes each as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CancelArgs {
    /// Id of the request
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Open a pull request that removes the request's file, too
    #[arg(long)]
    pub(super) pull_request: bool,
    /// Print the record of the run as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct DriftArgs {
    /// Ids of the runs' requests; without them, all completed runs are compared
    #[arg(value_name = "RUN")]
    pub(super) runs: Vec<String>,
    /// Print what differs as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Record what differs on the branch of runs, so that the site shows it
    #[arg(long, conflicts_with = "runs")]
    pub(super) record: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Request files, such as `scaffolds/requests/panier.yaml`
    #[arg(value_name = "REQUEST", required_unless_present_any = ["head", "pr"])]
    pub(super) requests: Vec<PathBuf>,
    /// Plan the requests of the pull request that this job of GitHub, Gitea, GitLab or Azure DevOps runs for, and write
    /// its comment and status; everything but the requests is of the base branch
    #[arg(long, conflicts_with_all = ["requests", "base", "head", "out"])]
    pub(super) pr: bool,
    /// With `--pr`: print the comment instead of writing it
    #[arg(long, requires = "pr")]
    pub(super) dry_run: bool,
    /// With `--pr`: ask the servers whether the targets are free, and add that to the comment; needs the credentials that
    /// can look. What is taken or denied fails
    #[arg(long, requires = "pr")]
    pub(super) probe: bool,
    /// With `--pr`: write the problems into a file, as a Code Quality report of GitLab
    #[arg(long, value_name = "FILE", requires = "pr")]
    pub(super) code_quality: Option<PathBuf>,
    /// Plan the requests that a pull request adds: its base commit, which is checked out
    #[arg(long, value_name = "REV", requires = "head", conflicts_with = "requests")]
    pub(super) base: Option<String>,
    /// The pull request's head commit; only its request files are read, as data
    #[arg(long, value_name = "REV", requires = "base")]
    pub(super) head: Option<String>,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Write the plan into a file instead of printing it; or, into a directory, the files that each request makes, in
    /// a folder of its name. A directory ends with `/`, or is there already
    #[arg(long, value_name = "FILE|DIR/")]
    pub(super) out: Option<PathBuf>,
    /// Write the hash of each plan into a file, for `apply --approved-file`
    #[arg(long, value_name = "FILE")]
    pub(super) hashes: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    Text,
    /// For a pull-request comment
    Markdown,
    /// For a script
    Json,
}

/// Whose matrix of jobs is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MatrixForm {
    /// `include` with the variable `requests` of each job, for GitHub, Gitea and Forgejo
    Github,
    /// The job `apply` of a child pipeline, with the variable `REQUESTS`
    Gitlab,
    /// The variable `requests` by the name of each job, for Azure Pipelines
    Azure,
}

#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    /// Request files
    #[arg(value_name = "REQUEST", required_unless_present_any = ["pending", "merged"])]
    pub(super) requests: Vec<PathBuf>,
    /// Every request that a pull request brought into the branch and that has no finished run, with the plan that its
    /// reviewers saw and the approvals that the policy wants; in a job of GitHub, Gitea, GitLab or Azure DevOps. With
    /// request files, those of them
    #[arg(long, conflicts_with = "pending")]
    pub(super) merged: bool,
    /// With `--merged`: print the jobs that can apply the requests side by side, as the matrix of a CI system (by default the
    /// one of this job), and apply none. Requests that change the same thing are in one job
    #[expect(
        clippy::option_option,
        reason = "clap's type of an option whose value may be left out"
    )]
    #[arg(long, value_enum, value_name = "SYSTEM", num_args = 0..=1, require_equals = true, requires = "merged")]
    pub(super) list: Option<Option<MatrixForm>>,
    /// Every request below `scaffolds/requests` that has no finished run
    #[arg(long, conflicts_with = "requests")]
    pub(super) pending: bool,
    /// Push the commits of registered entities to the remote `origin`
    #[arg(long)]
    pub(super) push: bool,
    /// Carry out only the plan with this hash; any other is refused (exit code 4). With several requests,
    /// `ID=HASH` for each. With `--merged`: the plan of today, which whoever started this job accepts although the pull
    /// request showed another one; the policy must name that person
    #[arg(long, value_name = "[ID=]HASH")]
    pub(super) approved: Vec<String>,
    /// Carry out only plans whose hash is in this file, which `plan --hashes` writes
    #[arg(long, value_name = "FILE")]
    pub(super) approved_file: Option<PathBuf>,
    /// Print the records of the runs as JSON; their steps are printed on standard error
    #[arg(long)]
    pub(super) json: bool,
}
