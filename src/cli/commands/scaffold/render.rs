//! `callboard scaffold render`: writes the files that a template makes of some values.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Map, Value};

use super::{template_ref, values};
use crate::{
    base::{
        content::{ContentLock, ContentView},
        diagnostics::{Diagnostic, Place},
        files::Directory,
        fs,
        text::count,
    },
    catalog::{Catalog, EntityRef},
    cli::{
        Failure,
        args_scaffold::RenderArgs,
        content,
        output::{DIM, GOOD, Output},
        settings::Settings,
    },
    scaffold::{self, Plan, Request, answers::Answers, content::missing, workspace::Workspace},
};

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
    output.line(format!(
        "{GOOD}✓{GOOD:#} {} in {}",
        count(plan.files.len(), "file", "files"),
        args.out.display()
    ));
    if effects > 0 {
        let effects = count(effects, "effect", "effects");
        output.note(format!("{DIM}{effects} of the template were not carried out{DIM:#}"));
    }
    Ok(())
}

/// Plans what answers were written for, with the same template, and with content of other repositories as it was then.
fn again(
    settings: &Settings,
    file: &Path,
    is_offline: bool,
    output: &Output,
) -> Result<Plan, Failure> {
    let shown = file.display().to_string();
    let answers = Answers::parse(&fs::read_text(file)?).map_err(|error| {
        let (message, hint) = error.explain();
        let place = Place::at(shown, error.position);
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
    let files = ContentView::with_lock(&portal, &lock);
    let (catalog, _) = settings.load_catalog_from(&files)?;
    let plan =
        scaffold::plan(&files, &catalog, &settings.scaffold(), &request).map_err(Failure::Data)?;
    if plan.template.digest != answers.digest {
        return Err(Failure::Refused(anyhow!(
            "`{}` is not the template of that time: {} instead of {}\nhint: check out the commit that had it",
            answers.template,
            plan.template.digest,
            answers.digest
        )));
    }
    Ok(plan)
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
            directory.display()
        )));
    }
    let files = workspace.files().map(|(path, file)| (path, &*file.bytes, file.mode));
    Ok(fs::write_tree(directory, files)?)
}
