//! Checks of templates without a request: what would keep a valid request from being planned.

mod expressions;
mod parameters;
mod steps;
#[cfg(test)]
mod tests;

use crate::{
    actions::{self, PlanContext, StepContext},
    base::{
        diagnostics::{self, Diagnostic, Level},
        files::Files,
    },
    catalog::Catalog,
    request::Request,
    settings::{Expressions, Settings},
    template::Template,
};

/// Checks every template of the catalog, with its skeleton. `expressions` is how mistakes in expressions are taken where
/// the template does not say it.
pub fn check_templates(
    files: &dyn Files,
    catalog: &Catalog,
    expressions: Expressions,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for entity in catalog.of_kind("Template") {
        match Template::load(files, catalog, &entity.reference, expressions) {
            Ok(Some(template)) => {
                problems.extend(check(&template));
                problems.extend(check_files(files, catalog, &template));
            }
            Ok(None) => {}
            Err(found) => problems.extend(found),
        }
    }
    diagnostics::sort(&mut problems);
    problems
}

/// The errors of a template itself.
pub(crate) fn errors(template: &Template) -> Vec<Diagnostic> {
    let mut problems = check(template);
    problems.retain(|problem| problem.level == Level::Error);
    problems
}

fn check(template: &Template) -> Vec<Diagnostic> {
    let mut problems = expressions::check(template);
    problems.extend(parameters::check(template));
    for index in 0..template.steps.len() {
        problems.extend(actions::find(template, index).err());
    }
    problems.extend(steps::check(template));
    problems
}

/// Runs the check of each action, for which the files of the template are enough.
fn check_files(files: &dyn Files, catalog: &Catalog, template: &Template) -> Vec<Diagnostic> {
    let request = Request::example(template.reference.clone(), None, serde_json::Map::new());
    let settings = Settings::of_author("", "");
    let cx = PlanContext {
        files,
        catalog,
        settings: &settings,
        request: &request,
        template,
        parameters: &request.parameters,
    };
    let mut problems = Vec::new();
    for index in 0..template.steps.len() {
        let cx = &cx;
        if let Ok(action) = actions::find(template, index) {
            let cx = StepContext { plan: cx, index };
            problems.extend(steps::written_input(&cx, action));
            problems.extend(action.check(&cx));
        }
    }
    problems
}
