//! `callboard scaffold test`: renders the test cases of templates, and compares them with the expected files.
//!
//! A case is a folder `tests/<case>/` beside `template.yaml`: `values.yaml` has the parameters, `expected/` the files.

use std::{collections::BTreeSet, path::Path};

use anyhow::anyhow;
use serde::Serialize;

use super::{render, template_ref, values};
use crate::{
    base::{
        diagnostics::Diagnostic,
        files::{Directory, Files, Mode},
        fs,
        path::RelativePath,
        text::{count, list},
    },
    catalog::{Catalog, EntityRef},
    cli::{
        Failure,
        args_scaffold::TestArgs,
        exit::outside,
        output::{BOLD, DIM, GONE, GOOD, Output},
        settings::Settings,
    },
    scaffold::{
        answers,
        workspace::{Workspace, read_folder},
    },
};

/// Most files that a difference names.
const MOST_FILES: usize = 20;

/// The result of one case.
#[derive(Serialize)]
struct CaseResult {
    template: String,
    case: String,
    /// Whether the files are as expected.
    passed: bool,
    /// Whether the expected files were written.
    updated: bool,
    /// Files that differ, are missing or are not expected.
    differences: Vec<String>,
    problems: Vec<Diagnostic>,
}

/// Runs the test cases of templates.
pub(super) fn run(portal: &Path, args: &TestArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let chosen: Result<Vec<_>, _> =
        args.templates.iter().map(|name| template_ref(&catalog, name)).collect();
    let chosen = match chosen? {
        all if all.is_empty() => {
            catalog.of_kind("Template").map(|entity| entity.reference.clone()).collect()
        }
        some => some,
    };
    let mut results = Vec::new();
    for template in &chosen {
        results.extend(cases(&settings, &catalog, template, args.update)?);
    }
    if args.json {
        output.json(&results)?;
    } else {
        results.iter().for_each(|result| print(result, output));
    }
    if results.is_empty() {
        let hint = "a case is `tests/<case>/values.yaml` and `expected/` beside `template.yaml`";
        return Err(Failure::Usage(anyhow!("no template has a test case\nhint: {hint}")));
    }
    let failed = results.iter().filter(|result| !result.passed).count();
    if !args.json {
        let cases = count(results.len(), "case", "cases");
        output.line(format!("{DIM}{cases}, {failed} failed{DIM:#}"));
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Reported) }
}

fn cases(
    settings: &Settings,
    catalog: &Catalog,
    template: &EntityRef,
    update: bool,
) -> Result<Vec<CaseResult>, Failure> {
    let Some(entity) = catalog.get(template) else { return Ok(Vec::new()) };
    let file = entity.fragments[entity.fragments.len() - 1].file.to_string();
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let files = Directory::new(&settings.portal);
    let mut results = Vec::new();
    for case in fs::directories(&settings.portal.join(folder).join("tests"))? {
        let place = format!("{folder}/tests/{case}");
        let values = format!("{place}/values.yaml");
        let Some(text) = files.text(&values)? else { continue };
        let parameters = values::map_of(&values, &text)?;
        let mut result = CaseResult {
            template: template.to_string(),
            case,
            passed: false,
            updated: false,
            differences: Vec::new(),
            problems: Vec::new(),
        };
        match render::plan(settings, catalog, template.clone(), None, parameters) {
            Err(problems) => result.problems = problems,
            Ok(mut plan) => {
                // It says with which template and version, which are not the template's business.
                for path in answer_files(&plan.workspace) {
                    plan.workspace.remove(&path);
                }
                let expected = format!("{place}/expected");
                let wanted = read_folder(&files, &expected).map_err(outside)?;
                result.differences = differences(&wanted, &plan.workspace);
                if update && !result.differences.is_empty() {
                    let target = files.writable_path(&expected)?;
                    fs::remove_dir_all(&target)?;
                    render::write(&plan.workspace, &target)?;
                    (result.updated, result.passed) = (true, true);
                } else {
                    result.passed = result.differences.is_empty();
                }
            }
        }
        results.push(result);
    }
    Ok(results)
}

fn answer_files(workspace: &Workspace) -> Vec<RelativePath> {
    let is_answers = |path: &RelativePath| {
        path.as_str() == answers::FILE || path.as_str().ends_with(&format!("/{}", answers::FILE))
    };
    workspace.files().map(|(path, _)| path).filter(|path| is_answers(path)).cloned().collect()
}

/// The files that are not the same, each with what is wrong.
fn differences(wanted: &Workspace, found: &Workspace) -> Vec<String> {
    let paths: BTreeSet<_> = wanted.files().chain(found.files()).map(|(path, _)| path).collect();
    let difference = |path: &&_| match (wanted.get(path), found.get(path)) {
        (Some(wanted), Some(found)) if wanted.bytes != found.bytes => Some("differs"),
        (Some(wanted), Some(found)) if is_executable(wanted.mode) != is_executable(found.mode) => {
            Some("differs in its mode")
        }
        (Some(_), None) => Some("is missing"),
        (None, Some(_)) => Some("is not expected"),
        _ => None,
    };
    paths.iter().filter_map(|path| Some(format!("{path} {}", difference(path)?))).collect()
}

fn is_executable(mode: Mode) -> bool {
    mode == Mode::Executable
}

fn print(result: &CaseResult, output: &Output) {
    let mark = match result.passed {
        true => format!("{GOOD}✓{GOOD:#}"),
        false => format!("{GONE}✗{GONE:#}"),
    };
    let note = if result.updated { " written anew" } else { "" };
    let (template, case) = (&result.template, &result.case);
    output.line(format!("{mark} {BOLD}{template}{BOLD:#} {case}{DIM}{note}{DIM:#}"));
    output.diagnostics(&result.problems);
    if !result.passed && !result.differences.is_empty() {
        output.line(format!("    {}", list(&result.differences, MOST_FILES)));
    }
}
