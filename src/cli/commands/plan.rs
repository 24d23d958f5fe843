//! `callboard scaffold plan`: everything that requests would do.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs,
        text::{count, list, markdown, shorten, visible_lines},
    },
    catalog::Catalog,
    cli::{
        Failure,
        args::{Format, PlanArgs},
        exit::outside,
        output::Output,
        settings::Settings,
    },
    git::changes::{Change, ChangeKind, changes_since},
    scaffold::{self, Plan, Request, RequestError, request::REQUESTS},
};

/// Files beside requests that are named.
const MOST_FOREIGN: usize = 10;
/// Problems of a request that a comment names.
const MOST_PROBLEMS: usize = 50;
/// Bytes of the problems of a request in a comment.
const MOST_BYTES: usize = 8_000;
/// Bytes that a comment keeps free for what is not shown.
const NOTE: usize = 200;

/// Plans each request, and prints or writes all plans and problems.
pub(in crate::cli) fn run(portal: &Path, args: &PlanArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let requests = match (&args.base, &args.head) {
        (Some(base), Some(head)) => of_pull_request(portal, base, head)?,
        _ => args.requests.iter().map(|file| load(portal, file)).collect::<Result<_, _>>()?,
    };
    let plans: Vec<_> =
        requests.into_iter().map(|request| plan(&settings, &catalog, request)).collect();
    let text = render(&plans, args.format).map_err(outside)?;
    match &args.out {
        Some(file) => fs::write_atomic(file, text.as_bytes())?,
        None if args.format == Format::Json => output.json_text(&text),
        None => output.text(&text),
    }
    let problems: Vec<_> = plans.into_iter().filter_map(Result::err).flatten().collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::Data(problems)),
    }
}

type Planned = Result<Plan, Vec<Diagnostic>>;
type Loaded = Result<Request, Vec<Diagnostic>>;

/// Plans one request, when it could be read.
pub(super) fn plan(settings: &Settings, catalog: &Catalog, request: Loaded) -> Planned {
    let scaffold = settings.scaffold();
    request.and_then(|request| scaffold::plan(&settings.portal, catalog, &scaffold, &request))
}

/// Reads a request file; one that is not there is a mistake on the command line.
pub(super) fn load(portal: &Path, file: &Path) -> Result<Loaded, Failure> {
    match Request::load(portal, &file.to_string_lossy()) {
        Ok(request) => Ok(Ok(request)),
        Err(RequestError::Wrong(problems)) => Ok(Err(problems)),
        Err(RequestError::File(error)) if error.is_not_found() => Err(Failure::Usage(error.into())),
        Err(RequestError::File(error)) => Err(Failure::Outside(error.into())),
    }
}

/// Reads the requests that a pull request adds or changes, from git's objects.
///
/// A pull request that touches anything else is refused: what is planned must be what is merged.
fn of_pull_request(portal: &Path, base: &str, head: &str) -> Result<Vec<Loaded>, Failure> {
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
    Ok(changes.into_iter().filter(|c| c.kind != ChangeKind::Removed).map(read).collect())
}

fn is_request(path: &str) -> bool {
    let name = path.strip_prefix(REQUESTS).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| {
        !name.contains('/') && Path::new(name).extension().is_some_and(|e| e == "yaml")
    })
}

fn read(change: Change) -> Loaded {
    let wrong = |message: &str| {
        vec![Diagnostic::error("invalid-request", Place::file(change.path.clone()), message)]
    };
    let content = change.content.clone().ok_or_else(|| wrong("a request is a regular file"))?;
    let text = String::from_utf8(content).map_err(|_| wrong("a request is a text in UTF-8"))?;
    Request::parse(&change.path, text)
}

fn render(plans: &[Planned], format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        let values: Vec<Value> = plans
            .iter()
            .map(|plan| match plan {
                Ok(plan) => plan.to_json(),
                Err(problems) => json!({ "problems": problems }),
            })
            .collect();
        return serde_json::to_string_pretty(&values).map(|text| text + "\n");
    }
    Ok(match format {
        Format::Markdown => comment(plans),
        // For people at a terminal the problems are on standard error.
        _ => plans.iter().flatten().map(Plan::to_text).collect::<Vec<_>>().join("\n"),
    })
}

/// All plans for one comment of a pull request. Each has its share of what a comment can hold.
fn comment(plans: &[Planned]) -> String {
    let mut comment = String::new();
    for (index, plan) in plans.iter().enumerate() {
        let left = plans.len() - index;
        let room = markdown::MOST.saturating_sub(comment.len() + NOTE);
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
    comment
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
