//! `callboard scaffold import`: copies templates of Backstage into the portal, and reports for each what works and
//! what is missing.

mod annotation;
mod copy;
mod source;
mod stub;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::anyhow;
use serde::Serialize;
use serde_json::Value;

use source::{ImportSource, Origin};

use crate::{
    base::{
        diagnostics::{Diagnostic, Level, Place},
        files::{Directory, Files},
        text::count,
        yaml,
    },
    catalog::{Catalog, Entity, Fragment, load::reference_of},
    cli::{
        Failure,
        args_scaffold::ImportArgs,
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output},
        settings::Settings,
    },
    scaffold::{self, Expressions, actions::Actions},
};

/// Folder of the templates, relative to the portal.
const TEMPLATES: &str = "scaffolds/templates";

/// What became of one template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// It has no error.
    Runs,
    /// It lacks actions, and has no other error.
    Missing,
    /// It has other errors.
    Differs,
}

/// The report of one template.
#[derive(Debug, Serialize)]
struct Report {
    /// Its reference; `None` when its file is no YAML.
    template: Option<String>,
    /// Its file in the directory or the repository.
    file: String,
    /// The repository and the commit that it is from.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    verdict: Verdict,
    /// Actions that neither this program nor the portal has.
    missing: BTreeSet<String>,
    problems: Vec<Diagnostic>,
    /// Files and folders outside of its own that it reads, relative to the directory.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    outside: BTreeSet<String>,
    /// Addresses of other repositories' content that it reads.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    addresses: BTreeSet<String>,
    /// Its folder in the portal; `None` when it was not copied.
    copied: Option<String>,
    /// Why it was not copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Folders of the stubs that were written for the actions that it lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stubs: Vec<String>,
}

/// Imports every template below a directory, or of a repository.
pub(super) fn run(portal: &Path, args: &ImportArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let source = ImportSource::open(&settings, &args.from)?;
    let files = &source.files;
    let (mut entities, mut unreadable) = templates(files)?;
    entities.retain(|entity| source.has(&entity.fragments[0].file));
    unreadable.retain(|report| source.has(&report.file));
    if entities.is_empty() && unreadable.is_empty() {
        return Err(Failure::Unknown(anyhow!("there is no template below `{}`", args.from)));
    }
    let portal = Directory::new(&settings.portal);
    let actions = Actions::load(&portal);
    let scaffolding =
        scaffold::Settings { expressions: Expressions::Lenient, ..settings.scaffold() };
    let mut reports: Vec<_> =
        entities.iter().map(|entity| report(files, entity, &scaffolding, &actions)).collect();
    let mut stubs = BTreeMap::new();
    if !args.dry_run {
        let mut usages = BTreeMap::new();
        for (entity, report) in entities.iter().zip(&reports) {
            stub::collect(entity, &report.missing, &mut usages);
        }
        stubs = stub::write(&portal, &usages)?;
        let mut copied: BTreeMap<String, String> = BTreeMap::new();
        for report in &mut reports {
            // A file may have several templates.
            if let Some(target) = copied.get(&report.file) {
                report.copied = Some(target.clone());
                continue;
            }
            copy::copy(files, &portal, report)?;
            if let Some(target) = &report.copied {
                copied.insert(report.file.clone(), target.clone());
            }
        }
    }
    reports.extend(unreadable);
    for report in &mut reports {
        report.origin.clone_from(&source.origin);
        let stubs = report.missing.iter().filter_map(|action| stubs.get(action));
        report.stubs = stubs.cloned().collect();
    }
    match args.json {
        true => output.json(&reports)?,
        false => print(&reports, &stubs, args.dry_run, output),
    }
    Ok(())
}

/// The templates of all YAML files below a directory, and the reports of files that seem to have one and are no YAML.
fn templates(files: &dyn Files) -> Result<(Vec<Entity>, Vec<Report>), Failure> {
    let (mut entities, mut unreadable) = (Vec::new(), Vec::new());
    for file in files.below(".")? {
        let file = file.trim_start_matches("./").to_owned();
        if !(file.ends_with(".yaml") || file.ends_with(".yml")) {
            continue;
        }
        // A file that is no text is no template.
        let Some(text) = files.text(&file).ok().flatten() else { continue };
        if !text.contains("kind: Template") && !text.contains("kind: \"Template\"") {
            continue;
        }
        for (index, document) in yaml::parse_documents(&text).into_iter().enumerate() {
            match document {
                Ok(document) if is_template(&document) => {
                    entities.push(entity(&file, index, document));
                }
                Err(error) if !is_skeleton(&text) => {
                    let place = Place::at(&file, error.position);
                    let problem = Diagnostic::error("invalid-yaml", place, error.message);
                    unreadable.push(Report::new(None, &file, vec![problem]));
                }
                _ => {}
            }
        }
    }
    Ok((entities, unreadable))
}

/// Whether a text that is no YAML is not meant to be: the skeleton of a template, or no template of Backstage.
fn is_skeleton(text: &str) -> bool {
    let is_name = |line: &str| line.trim_start().starts_with("name:") && line.contains("{{");
    !text.contains("scaffolder.backstage.io/") || text.lines().any(is_name)
}

fn is_template(document: &Value) -> bool {
    let text = |pointer| document.pointer(pointer).and_then(Value::as_str);
    let is_backstage = |version: &str| version.contains("backstage.io/");
    text("/kind") == Some("Template")
        && text("/apiVersion").is_some_and(is_backstage)
        && text("/metadata/name").is_some_and(|name| !name.contains("{{"))
}

fn entity(file: &str, index: usize, document: Value) -> Entity {
    let reference = reference_of(&document);
    let document = std::sync::Arc::new(document);
    let fragment =
        Fragment { source: "import".into(), file: file.into(), index, document: document.clone() };
    Entity::new(reference, document, vec![fragment])
}

/// Checks one template, with mistakes in its expressions taken as in Backstage: so it is copied.
fn report(
    files: &dyn Files,
    entity: &Entity,
    settings: &scaffold::Settings,
    actions: &Actions,
) -> Report {
    let catalog = Catalog::new(vec![entity.clone()]);
    let problems = scaffold::check_templates_with(files, &catalog, settings, actions);
    let file = entity.fragments[0].file.to_string();
    let outside = copy::outside_folder(files, entity);
    let found = scaffold::addresses_of(files, std::slice::from_ref(&file)).unwrap_or_default();
    let addresses = found.into_keys().collect();
    Report {
        outside,
        addresses,
        ..Report::new(Some(entity.reference.to_string()), &file, problems)
    }
}

impl Report {
    /// Content that is not locked yet is no mistake of the template.
    fn new(template: Option<String>, file: &str, mut problems: Vec<Diagnostic>) -> Self {
        problems.retain(|problem| problem.code != "unusable-content");
        let errors = || problems.iter().filter(|problem| problem.level == Level::Error);
        let missing: BTreeSet<_> = errors()
            .filter(|problem| is_missing_action(problem))
            .filter_map(|problem| problem.message.split('`').nth(1).map(str::to_owned))
            .collect();
        let verdict = match errors().any(|problem| !is_missing_action(problem)) {
            true => Verdict::Differs,
            false if missing.is_empty() => Verdict::Runs,
            false => Verdict::Missing,
        };
        Self {
            template,
            file: file.to_owned(),
            origin: None,
            verdict,
            missing,
            problems,
            outside: BTreeSet::new(),
            addresses: BTreeSet::new(),
            copied: None,
            reason: None,
            stubs: Vec::new(),
        }
    }
}

/// True for the problem of an action that is not there, or is a stub.
fn is_missing_action(problem: &Diagnostic) -> bool {
    matches!(problem.code, "unknown-action" | "unusable-action")
}

fn print(reports: &[Report], stubs: &BTreeMap<String, String>, is_dry: bool, output: &Output) {
    let mut actions: BTreeMap<&str, usize> = BTreeMap::new();
    for report in reports {
        let (style, word) = match report.verdict {
            Verdict::Runs => (GOOD, "runs"),
            Verdict::Missing => (CHANGED, "lacks actions"),
            Verdict::Differs => (GONE, "differs"),
        };
        let (template, file) = (report.template.as_deref().unwrap_or("?"), &report.file);
        output.line(format!("{style}{word}{style:#} {BOLD}{template}{BOLD:#} {DIM}{file}{DIM:#}"));
        for action in &report.missing {
            *actions.entry(action).or_default() += 1;
            output.line(format!("    there is no action `{action}`"));
        }
        let others = report.problems.iter().filter(|problem| !is_missing_action(problem));
        output.groups(others);
        for path in &report.outside {
            let path = if path.is_empty() { "." } else { path };
            output.line(format!("    reads `{path}`, which is outside of its folder"));
        }
        for address in &report.addresses {
            output.line(format!("    reads `{address}`, which must be locked"));
        }
        if let Some(reason) = &report.reason {
            output.line(format!("    not copied: {reason}"));
        }
    }
    let number = |verdict| reports.iter().filter(|report| report.verdict == verdict).count();
    output.line(format!(
        "{DIM}{}: {} run, {} lack actions only, {} differ{DIM:#}",
        count(reports.len(), "template", "templates"),
        number(Verdict::Runs),
        number(Verdict::Missing),
        number(Verdict::Differs)
    ));
    let mut actions: Vec<_> = actions.into_iter().collect();
    actions.sort_by_key(|(action, number)| (std::cmp::Reverse(*number), *action));
    for (action, number) in actions {
        let templates = count(number, "template", "templates");
        let stub = stubs.get(action).map(|folder| format!("; its stub is `{folder}`"));
        let stub = stub.unwrap_or_default();
        output.line(format!("  `{action}` is missing in {templates}{stub}"));
    }
    if let Some(Origin { repository, commit }) = reports.iter().find_map(|r| r.origin.as_ref()) {
        output.line(format!("  from `{repository}` at commit {commit}"));
    }
    if is_dry {
        output.note("nothing was copied (`--dry-run`)");
    } else if reports.iter().any(|report| !report.addresses.is_empty()) {
        output.note("run `callboard scaffold lock`: templates read content of other repositories");
    }
}
