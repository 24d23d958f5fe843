//! `callboard doctor`: what of a portal works, what does not, and how to mend it. Nothing is changed.

mod credentials;
mod mail;
mod needs;
mod site;
mod sources;

use std::path::Path;

use anyhow::anyhow;
use credentials::CredentialReport;
use serde::Serialize;

use crate::{
    base::{
        diagnostics::{self, Level},
        path::RelativePath,
        text::count,
    },
    cli::{
        Failure,
        args::DoctorArgs,
        exit::outside,
        init::{RECORD, upgrades},
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output},
        settings::{FILE, Settings},
    },
    git::{commit, head, push::ORIGIN, remote_branches, remote_of},
    scaffold::run::BRANCH as RUNS,
    snapshot::{SOURCES, record::BRANCH as SOURCES_BRANCH},
};

/// Whether something works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum CheckState {
    /// It works.
    Ok,
    /// It works, and something about it should change.
    Warning,
    /// It does not work.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What it is, such as `source la-carto`.
    subject: String,
    /// Whether it works.
    state: CheckState,
    /// What was found.
    message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Check {
    fn new(state: CheckState, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { subject: subject.into(), state, message: message.into(), hint: None }
    }

    fn ok(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(CheckState::Ok, subject, message)
    }

    fn warning(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(CheckState::Warning, subject, message)
    }

    fn failed(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(CheckState::Failed, subject, message)
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn hint_opt(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

/// Everything that was looked at.
#[derive(Debug, Default, Serialize)]
struct DoctorReport {
    checks: Vec<Check>,
    credentials: Vec<CredentialReport>,
}

/// Looks at the portal, its git repository, its sources, credentials and site.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &DoctorArgs,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    settings.hide_credentials(output);
    let mut report = DoctorReport::default();
    report.checks.push(Check::ok("settings", format!("{FILE} is valid")));
    report.checks.push(catalog(&settings)?);
    report.checks.extend(repository(portal, args.offline));
    report.checks.push(definitions(&settings));
    report.checks.extend(sources::check(&settings, args.offline, output)?);
    report.checks.extend(site::check(&settings, args.offline)?);
    if !args.offline {
        report.checks.extend(mail::check(&settings));
        report.credentials = credentials::check(&settings, output)?;
    }
    if args.json {
        output.json(&report)?;
    } else {
        report.checks.iter().for_each(|check| print(check, output));
        report.credentials.iter().for_each(|credential| credentials::print(credential, output));
    }
    end(&report, output)
}

/// The end of the command: an error that counts what does not work.
fn end(report: &DoctorReport, output: &Output) -> Result<(), Failure> {
    let failed = |state| report.checks.iter().filter(|check| check.state == state).count();
    let bad = failed(CheckState::Failed);
    let credentials = report.credentials.iter().filter(|credential| !credential.ok).count();
    if bad == 0 && credentials == 0 {
        let warnings = match failed(CheckState::Warning) {
            0 => "all is well".to_owned(),
            number => count(number, "warning", "warnings"),
        };
        output.note(format!("{DIM}{warnings}{DIM:#}"));
        return Ok(());
    }
    let mut parts = Vec::new();
    if bad > 0 {
        parts.push(format!("{} failed", count(bad, "check", "checks")));
    }
    if credentials > 0 {
        let all = report.credentials.len();
        parts.push(format!(
            "{credentials} of {all} credentials cannot be used, or lack a permission"
        ));
    }
    Err(Failure::Outside(anyhow!(parts.join("; "))))
}

/// Whether the catalog has errors.
fn catalog(settings: &Settings) -> Result<Check, Failure> {
    let (catalog, problems) = settings.load_catalog()?;
    let errors = diagnostics::count(&problems, Level::Error);
    let entities = count(catalog.entities().len(), "entity", "entities");
    Ok(match errors {
        0 => Check::ok("catalog", entities),
        errors => {
            let errors = count(errors, "error", "errors");
            Check::failed("catalog", format!("{entities}, {errors}"))
                .hint("`callboard check` lists them, with file and line")
        }
    })
}

/// The repository of git, its remote, and the branches on which the program keeps what happened.
fn repository(portal: &Path, offline: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    match head::head(portal) {
        Ok(Some(head)) => checks.push(Check::ok("git", format!("commit {}", head.short()))),
        Ok(None) => {
            let check = Check::warning("git", "the portal is in no repository with a commit");
            return vec![check.hint("`callboard init` makes one")];
        }
        Err(error) => return vec![Check::failed("git", outside(error).message())],
    }
    let paths = [FILE, SOURCES, "scaffolds"].map(RelativePath::new);
    let paths: Vec<_> = paths.into_iter().flatten().collect();
    match commit::uncommitted(portal, &paths) {
        Ok(files) if files.is_empty() => {}
        Ok(files) => {
            let files = format!("not committed: {}", files.join(", "));
            checks.push(Check::warning("git", files).hint("jobs see what is committed and pushed"));
        }
        Err(error) => checks.push(Check::failed("git", outside(error).message())),
    }
    if remote_of(portal).is_none() {
        let check = Check::warning("git remote", format!("there is no remote `{ORIGIN}`"));
        checks.push(check.hint(format!("`git remote add {ORIGIN} ADDRESS`")));
        return checks;
    }
    if offline {
        return checks;
    }
    match remote_branches(portal) {
        Ok(branches) => {
            let kept = [RUNS, SOURCES_BRANCH]
                .into_iter()
                .filter(|name| branches.iter().any(|b| b == name));
            let kept: Vec<_> = kept.map(|name| format!("`{name}`")).collect();
            let kept = match kept.is_empty() {
                true => "no run and no snapshot has pushed to it yet".to_owned(),
                false => format!("has {}", kept.join(" and ")),
            };
            checks.push(Check::ok("git remote", format!("it answers, and {kept}")));
        }
        Err(error) => {
            let check = Check::failed("git remote", outside(error).message());
            checks.push(check.hint("`CALLBOARD_GIT_TOKEN` has the token for pushing over https"));
        }
    }
    checks
}

/// Whether the CI definitions and the schemas are those of this program.
fn definitions(settings: &Settings) -> Check {
    const SUBJECT: &str = "CI definitions";
    if !settings.portal.join(RECORD).exists() {
        let message =
            "not made by `callboard init`, so that it is not known whether they are current";
        return Check::warning(SUBJECT, message)
            .hint("`callboard init --repository ADDRESS` writes what is missing");
    }
    match upgrades(settings) {
        Ok(files) if files.is_empty() => Check::ok(SUBJECT, "those of this program"),
        Ok(files) => {
            let files: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
            Check::warning(SUBJECT, format!("not those of this program: {}", files.join(", ")))
                .hint("`callboard init --upgrade` brings them up to date, and keeps your changes")
        }
        Err(error) => Check::failed(SUBJECT, error.message()),
    }
}

fn print(check: &Check, output: &Output) {
    let Check { subject, state, message, hint } = check;
    let mark = match state {
        CheckState::Ok => format!("{GOOD}✓{GOOD:#}"),
        CheckState::Warning => format!("{CHANGED}!{CHANGED:#}"),
        CheckState::Failed => format!("{GONE}✗{GONE:#}"),
    };
    output.line(format!("{mark} {BOLD}{subject}{BOLD:#}: {message}"));
    if let Some(hint) = hint {
        output.line(format!("    {DIM}{hint}{DIM:#}"));
    }
}
