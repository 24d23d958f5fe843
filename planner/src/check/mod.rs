//! Checks of templates without a request: what would keep a valid request from being planned.

mod expressions;
mod parameters;
mod steps;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::{
    actions::{Actions, PlanContext, StepContext},
    base::{
        diagnostics::{self, Diagnostic, Level},
        files::Files,
        text::shorten,
    },
    catalog::{Catalog, EntityRef},
    parameters::{example::Examples, resolve},
    plan::{Plan, plan_steps},
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
    let portal = Portal { files, catalog, settings, actions };
    let templates: Vec<_> = catalog.of_kind("Template").collect();
    let problems = templates.into_par_iter().flat_map(|entity| {
        match Template::load(files, catalog, &entity.reference, settings.expressions) {
            Ok(Some(template)) => portal.check(&template),
            Ok(None) => Vec::new(),
            Err(found) => found,
        }
    });
    let mut problems: Vec<_> = problems.collect();
    diagnostics::sort(&mut problems);
    problems
}

/// What templates are checked with.
struct Portal<'a> {
    files: &'a dyn Files,
    catalog: &'a Catalog,
    settings: &'a Settings,
    actions: &'a Actions,
}

impl Portal<'_> {
    fn check(&self, template: &Template) -> Vec<Diagnostic> {
        let mut problems = check(template, self.actions, self.settings);
        problems.extend(self.check_steps(template));
        if !problems.iter().any(|problem| problem.level == Level::Error) {
            let is_new =
                |problem: &Diagnostic| !problems.iter().any(|other| other.place == problem.place);
            let new: Vec<_> = self.plan_smallest(template).into_iter().filter(is_new).collect();
            problems.extend(new);
        }
        problems
    }

    /// The context of the plan of a request.
    fn context<'a>(
        &'a self,
        request: &'a Request,
        template: &'a Template,
        parameters: &'a Map<String, Value>,
    ) -> PlanContext<'a> {
        let Self { files, catalog, settings, actions } = *self;
        PlanContext { files, catalog, settings, actions, request, template, parameters }
    }

    /// Runs the check of each action, for which the files of the template are enough.
    fn check_steps(&self, template: &Template) -> Vec<Diagnostic> {
        let request = Request::example(template.reference.clone(), None, Map::new());
        let cx = self.context(&request, template, &request.parameters);
        let mut problems = Vec::new();
        for index in 0..template.steps.len() {
            if let Ok(action) = self.actions.find(template, index) {
                let cx = StepContext { plan: &cx, index, item: None };
                problems.extend(steps::written_input(&cx, action));
                problems.extend(action.check(&cx));
            }
        }
        problems
    }

    /// Plans the smallest request that the template allows, and warns of what keeps it from having a plan: mostly an
    /// expression that takes a value for given which a request need not have.
    fn plan_smallest(&self, template: &Template) -> Vec<Diagnostic> {
        let Some((request, planned)) = self.plan_example(template, false) else {
            return Vec::new();
        };
        let problems = planned.err().unwrap_or_default().into_iter();
        let of_template = problems.filter(|problem| problem.place.file != request.file);
        let given = Value::Object(request.parameters).to_string();
        let given = shorten(&given, SHOWN);
        let warning = |problem: Diagnostic| {
            let message = format!("a request with {given} has no plan: {}", problem.message);
            Diagnostic { level: Level::Warning, message, ..problem }
        };
        of_template.map(warning).collect()
    }

    /// The smallest request that the template allows, or one with all values, and its plan; `None` when one of its values
    /// cannot be guessed.
    fn plan_example(
        &self,
        template: &Template,
        are_all: bool,
    ) -> Option<(Request, Result<Plan, Vec<Diagnostic>>)> {
        let examples = Examples { catalog: self.catalog, settings: self.settings, are_all };
        let values = examples.values(template)?;
        let request = Request::example(template.reference.clone(), None, values);
        // A value that was guessed wrong says nothing of the template.
        let parameters = resolve(&request, template, self.catalog).ok()?;
        // Where repositories are made is a matter of the portal, not of the template.
        let mut settings = self.settings.clone();
        let home = || RepositoryHome::Directory("repositories".into());
        settings.repositories.home.get_or_insert_with(home);
        let portal = Portal { settings: &settings, ..*self };
        let planned = plan_steps(&portal.context(&request, template, &parameters));
        Some((request, planned))
    }
}

/// The plan of a request for each template, with all values that can be guessed and with the steps that it would leave out:
/// what the template does. `None` where such a request has no plan.
pub fn example_plans(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
) -> Vec<(EntityRef, Option<Plan>)> {
    let actions = Actions::load(files);
    let portal = Portal { files, catalog, settings, actions: &actions };
    let templates: Vec<_> = catalog.of_kind("Template").collect();
    let plan = |reference: &EntityRef| {
        let mut template =
            Template::load(files, catalog, reference, settings.expressions).ok()??;
        let plan = |template: &Template, are_all| portal.plan_example(template, are_all)?.1.ok();
        let as_written = plan(&template, true).or_else(|| plan(&template, false));
        // A condition may hold for some requests only, and the example is not one of them.
        template.steps.iter_mut().for_each(|step| step.condition = None);
        plan(&template, true).or_else(|| plan(&template, false)).or(as_written)
    };
    let plans = templates.into_par_iter();
    plans.map(|entity| (entity.reference.clone(), plan(&entity.reference))).collect()
}

/// The errors of a template itself.
pub(crate) fn errors(
    template: &Template,
    actions: &Actions,
    settings: &Settings,
) -> Vec<Diagnostic> {
    let mut problems = check(template, actions, settings);
    problems.retain(|problem| problem.level == Level::Error);
    problems
}

fn check(template: &Template, actions: &Actions, settings: &Settings) -> Vec<Diagnostic> {
    let secrets: Vec<_> = settings.secrets_of(&template.reference).collect();
    let mut problems = expressions::check(template, actions, &secrets);
    problems.extend(parameters::check(template));
    for index in 0..template.steps.len() {
        problems.extend(actions.find(template, index).err());
    }
    problems.extend(steps::check(template));
    problems
}
