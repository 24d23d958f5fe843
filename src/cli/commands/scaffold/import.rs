//! `callboard scaffold import`: copies templates of Backstage into the portal, and reports for each what works and
//! what is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::anyhow;
use serde::Serialize;
use serde_json::Value;

use super::render;
use crate::{
    base::{
        diagnostics::{Diagnostic, Level},
        files::{Directory, Files},
        path::RelativePath,
        text::count,
        yaml,
    },
    catalog::{Catalog, Entity, EntityRef, Fragment, load::reference_of},
    cli::{
        Failure,
        args_scaffold::ImportArgs,
        exit::outside,
        output::{BOLD, CHANGED, DIM, GONE, GOOD, Output},
        settings::Settings,
    },
    scaffold::{self, Expressions, workspace::read_folder},
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
    template: String,
    /// Its file in the directory.
    file: String,
    verdict: Verdict,
    /// Actions that this program does not have.
    missing: BTreeSet<String>,
    problems: Vec<Diagnostic>,
    /// Its folder in the portal; `None` when it was not copied.
    copied: Option<String>,
    /// Why it was not copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Imports every template below a directory.
pub(super) fn run(portal: &Path, args: &ImportArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    if !args.from.is_dir() {
        let hint = "clone the repository first, and name its directory";
        let from = args.from.display();
        return Err(Failure::Usage(anyhow!("`{from}` is no directory\nhint: {hint}")));
    }
    let files = Directory::new(&args.from);
    let entities = templates(&files)?;
    if entities.is_empty() {
        let from = args.from.display();
        return Err(Failure::Unknown(anyhow!("there is no template below `{from}`")));
    }
    let catalog = Catalog::new(entities);
    let problems = scaffold::check_templates(&files, &catalog, Expressions::Strict);
    let mut reports: Vec<_> =
        catalog.of_kind("Template").map(|entity| report(entity, &problems)).collect();
    if !args.dry_run {
        for report in &mut reports {
            copy(&files, &settings.portal, report)?;
        }
    }
    match args.json {
        true => output.json(&reports)?,
        false => print(&reports, args.dry_run, output),
    }
    Ok(())
}

/// The templates of all YAML files below a directory.
fn templates(files: &dyn Files) -> Result<Vec<Entity>, Failure> {
    let mut entities = Vec::new();
    for file in files.below(".")? {
        let file = file.trim_start_matches("./").to_owned();
        if !(file.ends_with(".yaml") || file.ends_with(".yml")) {
            continue;
        }
        // A file that is no text, or no YAML, is no template: skeletons have many.
        let Some(text) = files.text(&file).ok().flatten() else { continue };
        if !text.contains("kind: Template") && !text.contains("kind: \"Template\"") {
            continue;
        }
        for (index, document) in yaml::parse_documents(&text).into_iter().enumerate() {
            let Ok(document) = document else { continue };
            if is_template(&document) {
                entities.push(entity(&file, index, document));
            }
        }
    }
    Ok(entities)
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

fn report(entity: &Entity, problems: &[Diagnostic]) -> Report {
    let file = entity.fragments[0].file.to_string();
    let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let of_template = |problem: &&Diagnostic| {
        problem.place.file == file
            || (!folder.is_empty() && problem.place.file.starts_with(&folder))
    };
    let problems: Vec<_> = problems.iter().filter(of_template).cloned().collect();
    let errors = || problems.iter().filter(|problem| problem.level == Level::Error);
    let missing: BTreeSet<_> = errors()
        .filter(|problem| problem.code == "unknown-action")
        .filter_map(|problem| problem.message.split('`').nth(1).map(str::to_owned))
        .collect();
    let verdict = match errors().any(|problem| problem.code != "unknown-action") {
        true => Verdict::Differs,
        false if missing.is_empty() => Verdict::Runs,
        false => Verdict::Missing,
    };
    let template = entity.reference.to_string();
    Report { template, file, verdict, missing, problems, copied: None, reason: None }
}

/// Copies the folder of a template to a folder of its name, unless one is there.
fn copy(files: &dyn Files, portal: &Path, report: &mut Report) -> Result<(), Failure> {
    let reference = EntityRef::parse(&report.template, None, "default").map_err(outside)?;
    let (folder, name) = report.file.rsplit_once('/').unwrap_or((".", &report.file));
    let target = format!("{TEMPLATES}/{}", reference.name());
    let portal = Directory::new(portal);
    if !portal.below(&target)?.is_empty() {
        report.reason = Some(format!("`{target}` exists already"));
        return Ok(());
    }
    let mut workspace = match read_folder(files, folder) {
        Ok(workspace) => workspace,
        Err(error) => {
            report.reason = Some(crate::base::text::with_causes(&error));
            return Ok(());
        }
    };
    let own = RelativePath::new("template.yaml").map_err(outside)?;
    let old = RelativePath::new(name).map_err(outside)?;
    if old != own
        && let Some(file) = workspace.remove(&old)
    {
        workspace.insert(own, file).map_err(outside)?;
    }
    render::write(&workspace, &portal.writable_path(&target)?)?;
    report.copied = Some(target);
    Ok(())
}

fn print(reports: &[Report], is_dry: bool, output: &Output) {
    let mut actions: BTreeMap<&str, usize> = BTreeMap::new();
    for report in reports {
        let (style, word) = match report.verdict {
            Verdict::Runs => (GOOD, "runs"),
            Verdict::Missing => (CHANGED, "lacks actions"),
            Verdict::Differs => (GONE, "differs"),
        };
        let (template, file) = (&report.template, &report.file);
        output.line(format!("{style}{word}{style:#} {BOLD}{template}{BOLD:#} {DIM}{file}{DIM:#}"));
        for action in &report.missing {
            *actions.entry(action).or_default() += 1;
            output.line(format!("    there is no action `{action}`"));
        }
        let others = report.problems.iter().filter(|problem| problem.code != "unknown-action");
        output.groups(others);
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
        output.line(format!("  `{action}` is missing in {templates}"));
    }
    if is_dry {
        output.note("nothing was copied (`--dry-run`)");
    }
}
