//! `callboard scaffold plan`: prints everything that requests would do, and changes nothing.

use std::{collections::BTreeSet, path::Path};

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    apply::request_files,
    removal::{self, RemovalResult},
    render,
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::Directory,
        fs,
        text::{count, list, markdown, shorten, visible_lines},
    },
    catalog::{Catalog, EntityRef, reference::DEFAULT_NAMESPACE},
    cli::{
        Failure, approvals,
        args::{Format, PlanArgs},
        exit::outside,
        output::Output,
        runs,
        settings::Settings,
    },
    git::changes::{ChangeKind, FileChange, changes_since},
    scaffold::{
        self, Plan, Request, RequestError, Run,
        claims::Holder,
        load_request,
        policy::{Policy, PolicyDecision, Usage, over_quota},
        refuse_conflicts,
        request::REQUESTS,
    },
};

/// The time for which quotas count applied requests.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Most other files of a pull request that a message names.
const MOST_FOREIGN: usize = 10;
/// Most problems of a request that a comment lists.
const MOST_PROBLEMS: usize = 50;
/// Most bytes of the problems of a request in a comment.
const MOST_BYTES: usize = 8_000;
/// Most removed requests that a comment shows.
const MOST_REMOVALS: usize = 5;
/// Bytes that a comment reserves for the note about plans that are not shown.
const NOTE: usize = 200;

/// Plans each request, and prints or writes all plans and problems.
pub(in crate::cli) fn run(portal: &Path, args: &PlanArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let (runs, unread) = runs::records(&settings)?;
    output.diagnostics(&unread);
    let changes = if let (Some(base), Some(head)) = (&args.base, &args.head) {
        of_pull_request(portal, base, head)?
    } else {
        let requests = args.requests.iter().map(|file| load(portal, file));
        RequestChanges { requests: requests.collect::<Result<_, _>>()?, removed: Vec::new() }
    };
    let RequestChanges { requests, removed } = changes;
    let plans = plan_all(&settings, &catalog, requests, &runs)?;
    let removals = removal::plan_all(&settings, &catalog, &removed, &runs);
    if let Some(file) = &args.hashes {
        fs::write_atomic(file, approvals::lines(plans.iter().flatten()).as_bytes())?;
    }
    let text = render(&plans, &removals, args.format).map_err(outside)?;
    match &args.out {
        Some(directory) if is_directory(directory) => {
            for plan in plans.iter().flatten() {
                render::write(&plan.workspace, &directory.join(&plan.request))?;
            }
            output.text(&text);
        }
        Some(file) => fs::write_atomic(file, text.as_bytes())?,
        None if args.format == Format::Json => output.json_text(&text),
        None => output.text(&text),
    }
    let unplanned = plans.into_iter().filter_map(Result::err);
    let problems: Vec<_> =
        unplanned.chain(removals.into_iter().filter_map(Result::err)).flatten().collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::Data(problems)),
    }
}

/// True when `--out` names a directory for the files that requests make.
fn is_directory(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

pub(super) type PlanResult = Result<Plan, Vec<Diagnostic>>;
pub(super) type RequestResult = Result<Request, Vec<Diagnostic>>;

/// Plans the requests that could be read. Refuses those that were changed after they were applied, and those
/// that create what another request creates: one of these, one that waits in the portal, or an applied one.
pub(in crate::cli) fn plan_all(
    settings: &Settings,
    catalog: &Catalog,
    requests: Vec<RequestResult>,
    runs: &[Run],
) -> Result<Vec<PlanResult>, Failure> {
    let scaffold = settings.scaffold();
    let files = Directory::new(&settings.portal);
    let plan = |request: &Request| match Run::change_of(request, runs) {
        Some(problem) => Err(vec![problem]),
        None => scaffold::plan(&files, catalog, &scaffold, request),
    };
    let ids: BTreeSet<_> = requests.iter().flatten().map(|request| request.id.clone()).collect();
    let mut plans = Vec::new();
    let mut read = Vec::new();
    for request in requests {
        match request {
            Ok(request) => {
                plans.push(plan(&request));
                read.push(Some(request));
            }
            Err(problems) => {
                plans.push(Err(problems));
                read.push(None);
            }
        }
    }
    let (mut beside, mut waiting) = (Vec::new(), Vec::new());
    for file in request_files(&settings.portal)? {
        let waits = |request: &Request| {
            let is_done = runs.iter().any(|run| run.request == request.id && run.is_done());
            !ids.contains(&request.id) && !is_done
        };
        let request = load(&settings.portal, &file)?.ok().filter(waits);
        beside.extend(request.as_ref().and_then(|request| plan(request).ok()));
        waiting.extend(request);
    }
    let policy = Policy::load(&files).map_err(Failure::Data)?;
    for (plan, request) in plans.iter_mut().zip(&read).filter(|(plan, _)| plan.is_ok()) {
        let problem = policy.as_ref().zip(request.as_ref()).and_then(|(policy, request)| {
            let usage = |same_rule: &dyn Fn(&EntityRef) -> bool| {
                let open = read.iter().flatten().chain(&waiting).filter(|other| {
                    let is_theirs = other.requester == request.requester;
                    is_theirs && other.id != request.id && same_rule(&other.template)
                });
                usage(request, open.count(), runs, settings.now, same_rule)
            };
            over_quota(policy, request, usage)
        });
        if let Some(problem) = problem {
            *plan = Err(vec![problem]);
        }
    }
    let holders: Vec<_> = runs
        .iter()
        .map(|run| Holder { request: &run.request, claims: run.held_claims() })
        .collect();
    refuse_conflicts(&mut plans, &beside, &holders);
    Ok(plans)
}

/// Counts the open requests of a requester, and with them those of the runs of the last seven days.
fn usage(
    request: &Request,
    open: usize,
    runs: &[Run],
    now: Timestamp,
    same_rule: &dyn Fn(&EntityRef) -> bool,
) -> Usage {
    let since = now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN);
    let is_recent = |run: &&Run| {
        let template = EntityRef::parse(&run.template, Some("Template"), DEFAULT_NAMESPACE);
        run.request != request.id
            && run.requester == request.requester.as_str()
            && run.is_done()
            && run.created.parse::<Timestamp>().is_ok_and(|created| created > since)
            && template.is_ok_and(|template| same_rule(&template))
    };
    let recent = runs.iter().filter(is_recent).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Usage { open: number(open), week: number(open + recent) }
}

/// Reads a request file; a missing file is a mistake on the command line.
pub(in crate::cli) fn load(portal: &Path, file: &Path) -> Result<RequestResult, Failure> {
    match load_request(portal, &file.to_string_lossy()) {
        Ok(request) => Ok(Ok(request)),
        Err(RequestError::Wrong(problems)) => Ok(Err(problems)),
        Err(RequestError::File(error)) if error.is_not_found() => Err(Failure::Usage(error.into())),
        Err(RequestError::File(error)) => Err(Failure::Outside(error.into())),
    }
}

/// What a pull request does to requests.
pub(super) struct RequestChanges {
    /// The requests that it adds or changes.
    pub(super) requests: Vec<RequestResult>,
    /// The ids of those that it removes.
    pub(super) removed: Vec<String>,
}

/// Reads the requests that a pull request adds, changes or removes, from git's objects.
///
/// A pull request that changes other files is refused, because the plan would not be that of the merged files.
pub(super) fn of_pull_request(
    portal: &Path,
    base: &str,
    head: &str,
) -> Result<RequestChanges, Failure> {
    let changes = changes_since(portal, base, head).map_err(outside)?;
    let foreign: Vec<_> =
        changes.iter().filter(|c| !is_request(&c.path)).map(|c| c.path.as_str()).collect();
    if !foreign.is_empty() {
        return Err(Failure::Refused(anyhow!(
            "the pull request changes more than requests: {}\nhint: put `{REQUESTS}/*.yaml` and \
             everything else into pull requests of their own",
            list(&foreign, MOST_FOREIGN)
        )));
    }
    let (removed, changed): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.kind == ChangeKind::Removed);
    let id = |change: &FileChange| {
        Path::new(&change.path).file_stem().unwrap_or_default().to_string_lossy().into_owned()
    };
    Ok(RequestChanges {
        requests: changed.iter().map(parse).collect(),
        removed: removed.iter().map(id).collect(),
    })
}

fn is_request(path: &str) -> bool {
    let name = path.strip_prefix(REQUESTS).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| {
        !name.contains('/') && Path::new(name).extension().is_some_and(|e| e == "yaml")
    })
}

fn parse(change: &FileChange) -> RequestResult {
    let content = change.content.clone().ok_or_else(|| {
        let place = Place::file(change.path.clone());
        vec![Diagnostic::error("invalid-request", place, "a request is a regular file")]
    })?;
    Request::parse_bytes(&change.path, content)
}

fn render(
    plans: &[PlanResult],
    removals: &[RemovalResult],
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        let removals = removals.iter().map(|removal| match removal {
            Ok(removal) => json!({ "undo": removal.undo, "hash": removal.undo.hash() }),
            Err(problems) => json!({ "problems": problems }),
        });
        let values: Vec<Value> = plans
            .iter()
            .map(|plan| match plan {
                Ok(plan) => plan.to_json(),
                Err(problems) => json!({ "problems": problems }),
            })
            .chain(removals)
            .collect();
        return serde_json::to_string_pretty(&values).map(|text| text + "\n");
    }
    if format == Format::Markdown {
        return Ok(comment(plans, removals));
    }
    // For people at a terminal the problems are on standard error.
    let plans = plans.iter().flatten().map(Plan::to_text);
    let removals = removals.iter().flatten().map(|removal| removal.undo.to_markdown());
    Ok(plans.chain(removals).collect::<Vec<_>>().join("\n"))
}

/// All plans for one comment of a pull request. Each has an equal part of the size that the removals leave.
pub(super) fn comment(plans: &[PlanResult], removals: &[RemovalResult]) -> String {
    let removals = removal_comment(removals);
    let mut comment = String::new();
    for (index, plan) in plans.iter().enumerate() {
        let left = plans.len() - index;
        let room = markdown::MOST.saturating_sub(comment.len() + removals.len() + NOTE);
        let text = match plan {
            Ok(plan) => plan.to_markdown(room / left),
            Err(problems) => problems_as_markdown(problems),
        };
        if text.len() > room {
            let requests = count(left, "request is", "requests are");
            let advice = "Put fewer requests into one pull request.";
            comment += &format!("\n**{requests} not shown: the comment is full.** {advice}\n");
            break;
        }
        comment += if index == 0 { "" } else { "\n" };
        comment += &text;
    }
    comment + &removals
}

/// All removals of requests for a comment.
fn removal_comment(removals: &[RemovalResult]) -> String {
    let text = |removal: &RemovalResult| match removal {
        Ok(removal) => removal.undo.to_markdown() + &approval_line(removal.decision.as_ref()),
        Err(problems) => problems_as_markdown(problems),
    };
    let shown = removals.iter().take(MOST_REMOVALS).map(text);
    let mut comment = shown.fold(String::new(), |comment, text| comment + "\n" + &text);
    if removals.len() > MOST_REMOVALS {
        let left = count(removals.len() - MOST_REMOVALS, "removal is", "removals are");
        comment += &format!("\n**{left} not shown.** Take fewer requests back at once.\n");
    }
    comment
}

fn approval_line(decision: Option<&PolicyDecision>) -> String {
    let Some(decision) = decision.filter(|decision| !decision.approvers.is_empty()) else {
        return String::new();
    };
    let approvals = count(decision.approvals as usize, "approval", "approvals");
    let by: Vec<_> = decision.approvers.iter().map(|name| markdown::code(name)).collect();
    format!("\nIt needs {approvals} of {}.\n", by.join(", "))
}

/// Problems for a pull-request comment; as a code block, so that nothing in them is markup.
fn problems_as_markdown(problems: &[Diagnostic]) -> String {
    let shown = problems.iter().take(MOST_PROBLEMS).map(ToString::to_string);
    let mut text = shown.collect::<Vec<_>>().join("\n");
    if problems.len() > MOST_PROBLEMS {
        text += &format!("\nand {} more", problems.len() - MOST_PROBLEMS);
    }
    let text = shorten(&visible_lines(&text), MOST_BYTES).into_owned();
    format!("### The request cannot be planned\n\n{}", markdown::fenced("text", &text))
}

/// Warnings for a pull-request comment; empty when there are none.
pub(super) fn notes(warnings: &[Diagnostic]) -> String {
    match warnings {
        [] => String::new(),
        warnings => {
            let lines: Vec<_> =
                warnings.iter().take(MOST_PROBLEMS).map(ToString::to_string).collect();
            let text = shorten(&visible_lines(&lines.join("\n")), MOST_BYTES).into_owned();
            format!("\n{}\n", markdown::fenced("text", &text))
        }
    }
}

/// The comment of a pull request that is refused as a whole.
pub(super) fn refusal_as_markdown(message: &str) -> String {
    let text = shorten(&visible_lines(message), MOST_BYTES).into_owned();
    format!("### The pull request is refused\n\n{}", markdown::fenced("text", &text))
}
