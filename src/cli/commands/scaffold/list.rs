//! `callboard scaffold list`: the templates of the portal.

use std::path::Path;

use serde::Serialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, has_errors},
        files::Directory,
        text::count,
    },
    catalog::{Entity, entity::text_at},
    cli::{
        Failure,
        args_scaffold::ListArgs,
        output::{BOLD, DIM, GONE, GOOD, Output},
        settings::Settings,
    },
    scaffold,
};

#[derive(Serialize)]
struct Row<'a> {
    template: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    owner: Option<&'a str>,
    file: String,
    problems: Vec<&'a Diagnostic>,
}

/// Lists the templates, each with its problems.
pub(super) fn run(portal: &Path, args: &ListArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let problems = scaffold::check_templates(
        &Directory::new(&settings.portal),
        &catalog,
        &settings.scaffold(),
    );
    let rows: Vec<_> = catalog.of_kind("Template").map(|entity| row(entity, &problems)).collect();
    if args.json {
        return output.json(&rows);
    }
    let width = rows.iter().map(|row| row.template.len()).max().unwrap_or_default();
    for row in &rows {
        let errors = row.problems.iter().filter(|p| has_errors(&[(**p).clone()])).count();
        let state = match errors {
            0 => format!("{GOOD}✓{GOOD:#}"),
            _ => format!("{GONE}✗{GONE:#}"),
        };
        let note = match errors {
            0 => String::new(),
            number => format!(" {GONE}{}{GONE:#}", count(number, "error", "errors")),
        };
        output.line(format!("{state} {BOLD}{:width$}{BOLD:#}  {}{note}", row.template, row.title));
    }
    match rows.is_empty() {
        true => output.note("there are no templates: put one into `scaffolds/templates`"),
        false => {
            output.note(format!("{DIM}next: callboard scaffold show TEMPLATE{DIM:#}"));
        }
    }
    Ok(())
}

fn row<'a>(entity: &'a Entity, problems: &'a [Diagnostic]) -> Row<'a> {
    let file = entity.fragments[entity.fragments.len() - 1].file.to_string();
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned() + "/";
    let text = |pointer| text_at(&entity.document, pointer);
    Row {
        template: entity.reference.as_str(),
        title: entity.title(),
        description: text("/metadata/description"),
        kind: text("/spec/type"),
        owner: text("/spec/owner"),
        problems: problems.iter().filter(|p| p.place.file.starts_with(&folder)).collect(),
        file,
    }
}
