//! `callboard scaffold render`: writes the files that a template makes of some values.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Map, Value, json};

use super::{template_ref, values};
use crate::{
    base::{
        content::{ContentLock, ContentView},
        diagnostics::{Diagnostic, Place},
        files::{Directory, Files},
        fs,
        path::shown,
        text::count,
    },
    catalog::{Catalog, EntityRef},
    cli::{
        Failure,
        args_scaffold::RenderArgs,
        content,
        exit::outside,
        output::{DIM, GOOD, Output},
        settings::Settings,
    },
    git::commit_files::{CommitFiles, versions_of},
    scaffold::{self, Plan, Request, answers::Answers, content::missing, workspace::Workspace},
};

/// Most versions of a template that are tried for answers.
const MOST_VERSIONS: usize = 200;

/// Renders a template into a directory.
pub(super) fn run(
    portal: &Path,
    args: &RenderArgs,
    is_offline: bool,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let plan = match (&args.answers, &args.template) {
        (Some(file), _) => again(&settings, file, is_offline, output)?,
        (None, template) => {
            let (catalog, _) = settings.load_catalog()?;
            let reference = template_ref(&catalog, template.as_deref().unwrap_or_default())?;
            let requester = values::requester(&args.values)?;
            plan(&settings, &catalog, reference, requester, values::read(&args.values)?)
                .map_err(Failure::Data)?
        }
    };
    write(&plan.workspace, &args.out)?;
    output.diagnostics(&plan.warnings);
    let effects = plan.effects().count();
    if args.json {
        let files: Vec<_> = plan.workspace.files().map(|(path, _)| path.to_string()).collect();
        return output.json(&json!({ "files": files, "effects_not_carried_out": effects }));
    }
    output.line(format!(
        "{GOOD}✓{GOOD:#} {} in {}",
        count(plan.files.len(), "file", "files"),
        shown(&args.out)
    ));
    if effects > 0 {
        let effects = count(effects, "effect", "effects");
        output.note(format!("{DIM}{effects} of the template were not carried out{DIM:#}"));
    }
    Ok(())
}

/// Plans what answers were written for, with the template of that time, which is searched in the history, and with content of other repositories as it was then.
fn again(
    settings: &Settings,
    file: &Path,
    is_offline: bool,
    output: &Output,
) -> Result<Plan, Failure> {
    let name = shown(file);
    let answers = Answers::parse(&fs::read_text(file)?).map_err(|error| {
        let (message, hint) = error.explain();
        let place = Place::at(name, error.position);
        Failure::Data(vec![Diagnostic::error("invalid-answers", place, message).hint_opt(hint)])
    })?;
    let request =
        Request::of_answers(&answers).map_err(|error| Failure::Usage(anyhow!("{error}")))?;
    let portal = Directory::new(&settings.portal);
    let mut lock = ContentLock::load(&portal).map_err(|error| content::unreadable(&error))?;
    lock.content.extend(answers.content);
    if !is_offline {
        let missing = missing(&settings.portal, &lock);
        let (_, problems) = content::fetch_all(&settings.portal, missing, output)?;
        output.diagnostics(&problems);
    }
    let mut scaffolding = settings.scaffold();
    scaffolding.expressions = answers.expressions;
    let plan = |files: &dyn Files| {
        let files = ContentView::with_cache(files, &portal).with_lock(&lock);
        let (catalog, _) = settings.load_catalog_from(&files)?;
        scaffold::plan(&files, &catalog, &scaffolding, &request).map_err(Failure::Data)
    };
    let is_same = |plan: &Plan| plan.template.digest == answers.digest;
    let now = plan(&portal);
    if let Ok(plan) = now
        && is_same(&plan)
    {
        return Ok(plan);
    }
    let folder = answers.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    for commit in versions_of(&settings.portal, folder, MOST_VERSIONS).map_err(outside)? {
        let files = CommitFiles::open(&settings.portal, &commit).map_err(outside)?;
        if let Ok(plan) = plan(&files)
            && is_same(&plan)
        {
            let short = &commit[..10];
            output.note(format!("{DIM}with the template of commit {short}{DIM:#}"));
            return Ok(plan);
        }
    }
    Err(Failure::Refused(anyhow!(
        "no commit of this branch has `{}` with the digest {}\nhint: fetch the whole history, or check out the branch that had it",
        answers.template,
        answers.digest
    )))
}

/// Plans a template with values, as if somebody had asked for it.
pub(super) fn plan(
    settings: &Settings,
    catalog: &Catalog,
    template: EntityRef,
    requester: Option<EntityRef>,
    parameters: Map<String, Value>,
) -> Result<Plan, Vec<Diagnostic>> {
    let request = Request::example(template, requester, parameters);
    scaffold::plan(&Directory::new(&settings.portal), catalog, &settings.scaffold(), &request)
}

/// Writes the files of a workspace into a directory that is empty or new.
pub(super) fn write(workspace: &Workspace, directory: &Path) -> Result<(), Failure> {
    let is_empty = directory.read_dir().map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        return Err(Failure::Usage(anyhow!(
            "`{}` is not empty\nhint: name a directory that is new",
            shown(directory)
        )));
    }
    let files = workspace.files().map(|(path, file)| (path, &*file.bytes, file.mode));
    Ok(fs::write_tree(directory, files)?)
}
