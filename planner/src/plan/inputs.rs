//! What a plan is made of: the template of a request, and its parameters completed by defaults.

use serde_json::{Map, Value};

use crate::{
    actions::{Actions, PlanContext},
    base::{diagnostics::Diagnostic, files::Files, text::did_you_mean},
    catalog::{Catalog, Issue},
    check, parameters,
    request::Request,
    settings::Settings,
    template::Template,
};

/// The template of a request, and its parameters with defaults, checked.
#[derive(Debug)]
pub struct Inputs {
    /// The template.
    pub template: Template,
    /// The values, completed by defaults.
    pub parameters: Map<String, Value>,
    /// What steps can call.
    pub actions: Actions,
}

impl Inputs {
    /// The context of the plan of a request.
    pub fn context<'a>(
        &'a self,
        files: &'a dyn Files,
        catalog: &'a Catalog,
        settings: &'a Settings,
        request: &'a Request,
    ) -> PlanContext<'a> {
        PlanContext {
            files,
            catalog,
            settings,
            actions: &self.actions,
            request,
            template: &self.template,
            parameters: &self.parameters,
        }
    }
}

/// Loads the template of a request and completes its parameters.
///
/// # Errors
/// All that is wrong with the request or its template.
pub fn prepare(
    files: &dyn Files,
    catalog: &Catalog,
    settings: &Settings,
    request: &Request,
) -> Result<Inputs, Vec<Diagnostic>> {
    let mut problems: Vec<_> = parameters::check_requester(request, catalog).into_iter().collect();
    let template = match Template::load(files, catalog, &request.template, settings.expressions) {
        Ok(Some(template)) => template,
        Ok(None) => {
            problems.push(unknown_template(files, catalog, request));
            return Err(problems);
        }
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    let actions = Actions::load(files);
    problems.extend(check::errors(&template, &actions, settings));
    if problems.iter().any(|problem| problem.code == "invalid-schema") {
        return Err(problems);
    }
    match parameters::resolve(request, &template, catalog) {
        Ok(parameters) if problems.is_empty() => Ok(Inputs { template, parameters, actions }),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    }
}

fn unknown_template(files: &dyn Files, catalog: &Catalog, request: &Request) -> Diagnostic {
    let reference = &request.template;
    let message = format!("there is no template `{reference}`");
    let issue = Issue::error("unknown-template", "/template", message);
    let file = format!("scaffolds/templates/{}/template.yaml", reference.name());
    let hint = if files.bytes(&file).is_ok_and(|found| found.is_some()) {
        Some(format!("`{file}` has mistakes: `callboard check` names them"))
    } else {
        let templates = || catalog.of_kind("Template").map(|e| e.reference.as_str());
        let names = catalog.of_kind("Template").map(|e| e.reference.name());
        did_you_mean(reference.as_str(), templates())
            .or_else(|| did_you_mean(reference.name(), names))
            .or_else(|| {
                let list: Vec<_> = templates().collect();
                (!list.is_empty()).then(|| format!("there are `{}`", list.join("`, `")))
            })
    };
    request.diagnostic(issue.hint_opt(hint))
}
