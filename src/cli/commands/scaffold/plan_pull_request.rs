//! `callboard scaffold plan --pr`: plans the requests of the pull request that a job of a CI system runs for, and writes
//! comment and status.
//!
//! Everything but the requests is of the branch that the pull request would be merged into: it is checked out into a
//! temporary directory, so that what the pull request changes decides nothing.

use std::path::Path;

use anyhow::anyhow;

use super::{
    plan::{self, PlanResult, RequestResult},
    removal::{self, Removal, RemovalResult},
    targets,
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic, Level},
        environment::Environment,
        fs,
        text::{count, markdown, shorten, visible_lines},
    },
    catalog::Catalog,
    cli::{
        Failure,
        annotation::{self, annotation},
        approvals,
        args::PlanArgs,
        check::code_quality,
        ci_system::CiSystem,
        content,
        exit::outside,
        output::Output,
        pull_request::{self, CiPullRequest, Planned, check_author},
        runs,
        settings::Settings,
    },
    forge::reviews::{MARKER, Outcome, PullRequest, Remark, Reviews, Status},
    git::{checkout::Checkout, path_in_repository, revision::resolve},
    scaffold::request::REQUESTS,
};

/// The most bytes of a comment at a line.
const MOST_REMARK: usize = 4000;

/// Plans the requests of the pull request.
pub(super) fn run(
    portal: &Path,
    args: &PlanArgs,
    offline: bool,
    output: &Output,
) -> Result<(), Failure> {
    let environment = Environment::from_process();
    let ci = CiPullRequest::of(&environment)?;
    ci.repository.secrets(&environment).iter().for_each(|secret| output.learn(secret));
    let base = base(portal, &ci)?;
    // Forges know files by their path in the repository, of which the portal may be a folder.
    let below = path_in_repository(portal, "").map_err(outside)?;
    let checkout = Checkout::new(portal, &base).map_err(outside)?;
    if !offline {
        content::fetch_missing(checkout.path(), output)?;
    }
    let settings = Settings::load(checkout.path())?;
    settings.hide_credentials(output);
    let connections = settings.connections()?;
    // A job for a fork has no secrets, and needs none: it prints the plan.
    let credential = ci.repository.credential(&connections, &environment);
    let credential = credential.filter(|_| !ci.is_fork);
    let reviews = credential
        .as_ref()
        .map(|credential| ci.repository.reviews(&connections, credential, ci.number));
    let reviews = reviews.transpose().map_err(pull_request::failure)?;
    let (catalog, _) = settings.load_catalog()?;
    let (records, unread) = runs::records(&settings)?;
    output.diagnostics(&unread);
    let requests = plan::of_pull_request(checkout.path(), &base, &ci.head);
    let author = reviews.as_deref().map(Reviews::pull_request).transpose();
    let author = author.map_err(pull_request::failure)?;
    let mut targets = Vec::new();
    let changes = match requests {
        Ok(changes) => changes,
        // The comment says what the pull request must not change.
        Err(Failure::Refused(error)) => {
            let text = plan::refusal_as_markdown(&error.to_string());
            let description = "it changes more than requests";
            if let (Some(reviews), false) = (&reviews, args.dry_run) {
                publish(&**reviews, &ci, Vec::new(), &text, Outcome::Failure, description)?;
                say_at_lines(&**reviews, &[], &below)?;
            }
            return Err(Failure::Refused(error));
        }
        Err(failure) => return Err(failure),
    };
    let host = ci.repository.host();
    let (requests, warnings) = by_author(&catalog, changes.requests, author.as_ref(), host);
    output.diagnostics(&warnings);
    let plans = plan::plan_all(&settings, &catalog, requests, &records)?;
    let removals = removal::plan_all(&settings, &catalog, &changes.removed, &records);
    let removals = removals_by_author(&catalog, removals, author.as_ref(), host);
    if args.probe && !ci.is_fork {
        targets = targets::look(&settings, plans.iter().flatten(), output)?;
    }
    let text =
        plan::comment(&plans, &removals) + &targets::markdown(&targets) + &plan::notes(&warnings);
    if let Some(file) = &args.hashes {
        fs::write_atomic(file, approvals::lines(plans.iter().flatten()).as_bytes())?;
    }
    summarize(&environment, &text)?;
    let refused: Vec<_> = targets.iter().filter(|target| target.is_refused()).collect();
    let (outcome, description) = match verdict(&plans, &removals) {
        (Outcome::Success, _) if !refused.is_empty() => {
            let text =
                count(refused.len(), "target is taken or denied", "targets are taken or denied");
            (Outcome::Failure, text)
        }
        verdict => verdict,
    };
    match &reviews {
        Some(reviews) if !args.dry_run => {
            publish(&**reviews, &ci, hashes(&plans, &removals), &text, outcome, &description)?;
            say_at_lines(&**reviews, &plans, &below)?;
            output.line(format!(
                "{description}; the comment of pull request {} says more",
                ci.number
            ));
        }
        _ => {
            if ci.is_fork {
                output.note("the pull request is of another repository: nothing is written to it");
            } else if reviews.is_none() {
                output.note("no token is set, so that nothing is written to the pull request");
            }
            output.text(&text);
        }
    }
    let unplanned = plans.into_iter().filter_map(Result::err);
    let problems: Vec<_> =
        unplanned.chain(removals.into_iter().filter_map(Result::err)).flatten().collect();
    if let Some(system) = CiSystem::of(&environment) {
        let annotations = problems.iter().filter_map(|problem| annotation(system, problem, &below));
        annotations.for_each(|command| output.ci_command(&command));
    }
    if let Some(file) = &args.code_quality {
        let report = output.redact(&code_quality::report(&problems, &below).to_string());
        fs::write_atomic(file, report.as_bytes())?;
    }
    for target in &refused {
        output.note(target.line());
    }
    match (problems.is_empty(), refused.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Reported),
        (false, _) => Err(Failure::Data(problems)),
    }
}

/// Adds the plan to the summary of a job of GitHub or Gitea.
fn summarize(environment: &Environment, text: &str) -> Result<(), Failure> {
    let Some(file) = environment.get("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let file = Path::new(file);
    let before = fs::read_text_if_exists(file)?.unwrap_or_default();
    fs::write_atomic(file, format!("{before}{text}\n").as_bytes())?;
    Ok(())
}

/// The commit that the pull request would be merged into.
fn base(portal: &Path, ci: &CiPullRequest) -> Result<String, Failure> {
    let found = ci.bases.iter().find_map(|name| resolve(portal, name).ok());
    found.ok_or_else(|| {
        Failure::Usage(anyhow!(
            "the clone has none of `{}`\nhint: let the job fetch the target branch with its history \
             (`fetch-depth: 0`, `GIT_DEPTH: 0`)",
            ci.bases.join("`, `")
        ))
    })
}

/// Refuses the requests that ask in the name of somebody else; returns the others, and what nothing proves.
fn by_author(
    catalog: &Catalog,
    requests: Vec<RequestResult>,
    author: Option<&PullRequest>,
    host: &str,
) -> (Vec<RequestResult>, Vec<Diagnostic>) {
    let Some(author) = author else { return (requests, Vec::new()) };
    let mut warnings = Vec::new();
    let mut checked = Vec::new();
    for request in requests {
        let problem = request.as_ref().ok().and_then(|r| check_author(catalog, r, author, host));
        match problem {
            Some(problem) if diagnostics::has_errors(std::slice::from_ref(&problem)) => {
                checked.push(Err(vec![problem]));
            }
            problem => {
                warnings.extend(problem);
                checked.push(request);
            }
        }
    }
    (checked, warnings)
}

/// Refuses the removals that somebody asks for who may not.
fn removals_by_author(
    catalog: &Catalog,
    removals: Vec<RemovalResult>,
    author: Option<&PullRequest>,
    host: &str,
) -> Vec<RemovalResult> {
    let Some(author) = author else { return removals };
    let checked = |removal: Removal| match removal.check_author(catalog, author, host) {
        Some(problem) if problem.level == Level::Error => Err(vec![problem]),
        _ => Ok(removal),
    };
    removals.into_iter().map(|removal| removal.and_then(checked)).collect()
}

/// What reviewers approve: id and hash of each request that is planned or taken back.
fn hashes(plans: &[PlanResult], removals: &[RemovalResult]) -> Vec<(String, String)> {
    let plans = plans.iter().flatten().map(|plan| (plan.request.clone(), plan.hash()));
    let undos = removals.iter().flatten().map(|removal| &removal.undo);
    plans.chain(undos.map(|undo| (undo.request.clone(), undo.hash()))).collect()
}

/// How the check ends, and one line about it.
fn verdict(plans: &[PlanResult], removals: &[RemovalResult]) -> (Outcome, String) {
    let wrong = plans.iter().filter(|plan| plan.is_err()).count()
        + removals.iter().filter(|removal| removal.is_err()).count();
    if wrong > 0 {
        let text = count(wrong, "request cannot be planned", "requests cannot be planned");
        return (Outcome::Failure, text);
    }
    let text = match plans {
        [] if removals.is_empty() => "no request is changed".to_owned(),
        [] => count(removals.len(), "request is taken back", "requests are taken back"),
        [Ok(plan)] if removals.is_empty() => format!("{}: {}", plan.request, plan.verdict()),
        plans => count(plans.len(), "request is planned", "requests are planned"),
    };
    (Outcome::Success, text)
}

/// Writes the comment and the status. A pull request that has nothing to do with requests gets no comment.
fn publish(
    reviews: &dyn Reviews,
    ci: &CiPullRequest,
    hashes: Vec<(String, String)>,
    text: &str,
    outcome: Outcome,
    description: &str,
) -> Result<(), Failure> {
    let has_text = !text.trim().is_empty();
    let nothing = "The pull request changes no request any more.";
    let shown = if has_text { text } else { nothing };
    let planned =
        Planned { head: &ci.head, job: ci.repository.job.as_deref(), hashes, text: shown };
    let mut write = |before: Option<&str>| {
        (has_text || before.is_some()).then(|| pull_request::comment(&planned, before))
    };
    reviews.set_comment(MARKER, &mut write).map_err(pull_request::failure)?;
    let status = Status {
        commit: ci.head.clone(),
        outcome,
        description: description.to_owned(),
        url: ci.repository.job.clone(),
    };
    reviews.set_status(&status).map_err(pull_request::failure)
}

/// Says the problems of requests at their lines. `below` is the folder of the portal in the repository.
fn say_at_lines(reviews: &dyn Reviews, plans: &[PlanResult], below: &str) -> Result<(), Failure> {
    let problems = plans.iter().filter_map(|plan| plan.as_ref().err()).flatten();
    // Only files of the pull request have lines there.
    let problems = problems.filter(|problem| Path::new(&*problem.place.file).starts_with(REQUESTS));
    let remarks: Vec<_> = problems.map(|problem| remark(problem, below)).collect();
    reviews.set_remarks(&remarks).map_err(pull_request::failure)
}

/// A problem of a request file as a comment; as a code block, so that nothing in it is markup.
fn remark(problem: &Diagnostic, below: &str) -> Remark {
    let text = shorten(&visible_lines(&annotation::text(problem)), MOST_REMARK).into_owned();
    Remark {
        file: format!("{below}{}", problem.place.file),
        position: problem.place.position,
        text: markdown::fenced("text", &text),
    }
}
