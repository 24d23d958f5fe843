//! `callboard scaffold`: templates, requests, plans and runs.

mod actions;
pub(in crate::cli) mod apply;
mod apply_merged;
mod cancel;
mod drift;
mod fetch;
mod import;
mod list;
mod lock;
mod new;
pub(in crate::cli) mod plan;
mod plan_pull_request;
mod removal;
mod render;
mod resume;
mod run_portal;
mod show;
mod status;
mod targets;
mod test;
mod undo;
mod values;

use std::path::Path;

use anyhow::anyhow;

use crate::{
    base::{files::Directory, text::did_you_mean},
    catalog::{Catalog, EntityRef, reference::DEFAULT_NAMESPACE},
    cli::{
        Failure,
        args::{ScaffoldArgs, ScaffoldCommand},
        content,
        output::Output,
        settings::Settings,
    },
    scaffold::template::Template,
};

/// Runs one of the commands.
pub(in crate::cli) fn run(
    portal: &Path,
    ScaffoldArgs { offline, command }: &ScaffoldArgs,
    output: &Output,
) -> Result<(), Failure> {
    if !offline && reads_content(command) {
        content::fetch_missing(portal, output)?;
    }
    match command {
        ScaffoldCommand::List(args) => list::run(portal, args, output),
        ScaffoldCommand::Show(args) => show::run(portal, args, output),
        ScaffoldCommand::Actions(args) => actions::run(portal, args, output),
        ScaffoldCommand::New(args) => new::run(portal, args, output),
        ScaffoldCommand::Render(args) => render::run(portal, args, *offline, output),
        ScaffoldCommand::Test(args) => test::run(portal, args, output),
        ScaffoldCommand::Import(args) => import::run(portal, args, output),
        ScaffoldCommand::Lock(args) => lock::run(portal, args, *offline, output),
        ScaffoldCommand::Fetch(args) => fetch::run(portal, args, output),
        ScaffoldCommand::Plan(args) if args.pr => {
            plan_pull_request::run(portal, args, *offline, output)
        }
        ScaffoldCommand::Plan(args) => plan::run(portal, args, output),
        ScaffoldCommand::Apply(args) if args.merged => {
            apply_merged::run(portal, args, *offline, output)
        }
        ScaffoldCommand::Apply(args) => apply::run(portal, args, output),
        ScaffoldCommand::Status(args) => status::run(portal, args, output),
        ScaffoldCommand::Resume(args) => resume::run(portal, args, output),
        ScaffoldCommand::Retry(args) => resume::retry(portal, args, output),
        ScaffoldCommand::Undo(args) => undo::run(portal, args, output),
        ScaffoldCommand::Cancel(args) => cancel::run(portal, args, output),
        ScaffoldCommand::Drift(args) => drift::run(portal, args, output),
    }
}

/// Whether a command reads templates, with the content of other repositories that they use.
fn reads_content(command: &ScaffoldCommand) -> bool {
    // The plan of a pull request reads those of its base.
    let is_of_base = matches!(command, ScaffoldCommand::Plan(args) if args.pr);
    !is_of_base
        && !matches!(
            command,
            ScaffoldCommand::Actions(_)
                | ScaffoldCommand::Import(_)
                | ScaffoldCommand::Lock(_)
                | ScaffoldCommand::Fetch(_)
                | ScaffoldCommand::Status(_)
        )
}

/// Finds a template by its name or reference.
fn template_ref(catalog: &Catalog, text: &str) -> Result<EntityRef, Failure> {
    let reference = EntityRef::parse(text, Some("Template"), DEFAULT_NAMESPACE)
        .map_err(|error| Failure::Usage(error.into()))?;
    let is_there = |r: &EntityRef| catalog.get(r).is_some_and(|e| e.kind() == "Template");
    if is_there(&reference) {
        return Ok(reference);
    }
    let templates = || catalog.of_kind("Template").map(|e| e.reference.name());
    let hint = did_you_mean(reference.name(), templates()).unwrap_or_else(|| {
        let names: Vec<_> = templates().collect();
        match names.is_empty() {
            true => "this portal has no templates: put one into `scaffolds/templates`".to_owned(),
            false => format!("there are `{}`", names.join("`, `")),
        }
    });
    Err(Failure::Unknown(anyhow!("there is no template `{reference}`\nhint: {hint}")))
}

/// Loads the settings, the catalog and a template by its name or reference.
fn load_template(portal: &Path, name: &str) -> Result<(Settings, Catalog, Template), Failure> {
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let reference = template_ref(&catalog, name)?;
    let files = Directory::new(&settings.portal);
    let loaded = Template::load(&files, &catalog, &reference, settings.expressions());
    let gone = || Failure::Unknown(anyhow!("there is no template `{reference}`"));
    let template = loaded.map_err(Failure::Data)?.ok_or_else(gone)?;
    Ok((settings, catalog, template))
}
