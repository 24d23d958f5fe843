//! Checks of templates without a request: what would keep a valid request from being planned.

mod expressions;
mod parameters;
mod steps;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde_json::Value;

use crate::{
    actions::{Actions, PlanContext, StepContext},
    base::{
        diagnostics::{self, Diagnostic, Level},
        files::Files,
        text::shorten,
    },
    catalog::Catalog,
    parameters::{example::Examples, resolve},
    plan::plan_steps,
    request::Request,
    settings::{RepositoryHome, Settings},
    template::Template,
};

/// Most characters of values in a message.
const SHOWN: usize = 200;

/// Checks the portal's own actions, and every template of the catalog, with its skeleton.
pub fn check_templates(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
) -> Vec<Diagnostic> {
    let actions = Actions::load(files);
    let mut problems = actions.problems().to_vec();
    problems.extend(check_templates_with(files, catalog, settings, &actions));
    diagnostics::sort(&mut problems);
    problems
}

/// Checks every template of the catalog as [`check_templates`] does, with the actions of another portal.
pub fn check_templates_with(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    actions: &Actions,
) -> Vec<Diagnostic> {
    let templates: Vec<_> = catalog.of_kind("Template").collect();
    let problems = templates.into_par_iter().flat_map(|entity| {
        match Template::load(files, catalog, &entity.reference, settings.expressions) {
            Ok(Some(template)) => check_template(files, catalog, settings, actions, &template),
            Ok(None) => Vec::new(),
            Err(found) => found,
        }
    });
    let mut problems: Vec<_> = problems.collect();
    diagnostics::sort(&mut problems);
    problems
}

fn check_template(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    actions: &Actions,
    template: &Template,
) -> Vec<Diagnostic> {
    let mut problems = check(template, actions);
    problems.extend(check_files(files, catalog, settings, actions, template));
    if !problems.iter().any(|problem| problem.level == Level::Error) {
        let found = plan_smallest(files, catalog, settings, actions, template);
        let is_new =
            |problem: &Diagnostic| !problems.iter().any(|other| other.place == problem.place);
        let new: Vec<_> = found.into_iter().filter(is_new).collect();
        problems.extend(new);
    }
    problems
}

/// Plans the smallest request that the template allows, and warns of what keeps it from having a plan: mostly an
/// expression that takes a value for given which a request need not have.
fn plan_smallest(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    actions: &Actions,
    template: &Template,
) -> Vec<Diagnostic> {
    let Some(values) = (Examples { catalog, settings }).smallest(template) else {
        return Vec::new();
    };
    let given = Value::Object(values.clone());
    let request = Request::example(template.reference.clone(), None, values);
    // A value that was guessed wrong says nothing of the template.
    let Ok(parameters) = resolve(&request, template, catalog) else {
        return Vec::new();
    };
    // Where repositories are made is a matter of the portal, not of the template.
    let mut settings = settings.clone();
    let home = || RepositoryHome::Directory("repositories".into());
    settings.repositories.home.get_or_insert_with(home);
    let cx = PlanContext {
        files,
        catalog,
        settings: &settings,
        actions,
        request: &request,
        template,
        parameters: &parameters,
    };
    let problems = plan_steps(&cx).err().unwrap_or_default();
    let of_template = problems.into_iter().filter(|problem| problem.place.file != request.file);
    let warning = |problem: Diagnostic| {
        let message = format!(
            "a request with {} has no plan: {}",
            shorten(&given.to_string(), SHOWN),
            problem.message
        );
        Diagnostic { level: Level::Warning, message, ..problem }
    };
    of_template.map(warning).collect()
}

/// The errors of a template itself.
pub(crate) fn errors(template: &Template, actions: &Actions) -> Vec<Diagnostic> {
    let mut problems = check(template, actions);
    problems.retain(|problem| problem.level == Level::Error);
    problems
}

fn check(template: &Template, actions: &Actions) -> Vec<Diagnostic> {
    let mut problems = expressions::check(template, actions);
    problems.extend(parameters::check(template));
    for index in 0..template.steps.len() {
        problems.extend(actions.find(template, index).err());
    }
    problems.extend(steps::check(template));
    problems
}

/// Runs the check of each action, for which the files of the template are enough.
fn check_files(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    actions: &Actions,
    template: &Template,
) -> Vec<Diagnostic> {
    let request = Request::example(template.reference.clone(), None, serde_json::Map::new());
    let cx = PlanContext {
        files,
        catalog,
        settings,
        actions,
        request: &request,
        template,
        parameters: &request.parameters,
    };
    let mut problems = Vec::new();
    for index in 0..template.steps.len() {
        let cx = &cx;
        if let Ok(action) = actions.find(template, index) {
            let cx = StepContext { plan: cx, index };
            problems.extend(steps::written_input(&cx, action));
            problems.extend(action.check(&cx));
        }
    }
    problems
}
