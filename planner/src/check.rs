//! Checks of templates without a request: the actions exist, the expressions parse, and what they read
//! exists.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    actions::{self, PlanContext, StepContext},
    base::{
        author::Author,
        diagnostics::{self, Diagnostic, Level},
        files::Files,
        leaks::Exceptions,
        text::did_you_mean,
    },
    catalog::{Catalog, issue::escape},
    engine::{self, Options, Reference},
    request::Request,
    settings::{Repositories, Settings},
    template::Template,
};

/// Names that expressions of a template can read.
const ROOTS: &[&str] = &["parameters", "steps", "user", "context", "environment"];

/// Checks every template of the catalog, with its skeleton.
pub fn check_templates(files: &dyn Files, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for entity in catalog.of_kind("Template") {
        match Template::load(files, catalog, &entity.reference) {
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
    let mut checker = Checker {
        template,
        parameters: template.parameter_names(),
        has_each: false,
        problems: Vec::new(),
    };
    for (index, step) in template.steps.iter().enumerate() {
        checker.problems.extend(actions::find(template, index).err());
        let base = format!("/spec/steps/{index}");
        if let Some(each) = &step.each {
            checker.value(each, &format!("{base}/each"), index);
        }
        checker.has_each = step.each.is_some();
        if let Some(condition) = &step.condition {
            checker.value(condition, &format!("{base}/if"), index);
        }
        checker.value(&step.input, &format!("{base}/input"), index);
        checker.has_each = false;
    }
    checker.value(&template.output, "/spec/output", template.steps.len());
    checker.problems
}

/// Runs the check of each action, for which the files of the template are enough.
fn check_files(files: &dyn Files, catalog: &Catalog, template: &Template) -> Vec<Diagnostic> {
    let request = Request::example(template.reference.clone(), None, serde_json::Map::new());
    let settings = Settings {
        author: Author { name: String::new(), email: String::new() },
        repositories: Repositories::default(),
        portal_folders: Vec::new(),
        hosts: BTreeMap::new(),
        actions: BTreeMap::new(),
        exceptions: Exceptions::default(),
        credentials: BTreeMap::new(),
    };
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
            problems.extend(cx.check_input_names(action));
            problems.extend(action.check(&cx));
        }
    }
    problems
}

struct Checker<'t> {
    template: &'t Template,
    parameters: Vec<&'t str>,
    /// Whether the values belong to a step with `each`.
    has_each: bool,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Checks every text below a value. `steps` is how many steps have run by then.
    fn value(&mut self, value: &Value, pointer: &str, steps: usize) {
        match value {
            Value::String(text) => self.text(text, pointer, steps),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &format!("{pointer}/{index}"), steps);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.value(item, &format!("{pointer}/{}", escape(key)), steps);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str, steps: usize) {
        match engine::Template::parse(text, &Options::default()) {
            Ok(parsed) => {
                for reference in parsed.references() {
                    self.reference(&reference, pointer, steps);
                }
            }
            Err(error) => self.problems.push(self.template.expression(pointer, error)),
        }
    }

    /// A root that does not exist is an error; a parameter or step that does not is empty in
    /// Backstage, and a warning here.
    fn reference(&mut self, reference: &Reference, pointer: &str, steps: usize) {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        let earlier = || self.template.steps.iter().take(steps).map(|s| s.id.as_str());
        let (level, message, hint) = match path.as_slice() {
            ["secrets", ..] => {
                (Level::Error, "secrets are not available to templates".to_owned(), None)
            }
            ["parameters", name, ..] if !self.parameters.contains(name) => (
                Level::Warning,
                format!("there is no parameter `{name}`"),
                did_you_mean(name, self.parameters.iter().copied()),
            ),
            ["steps", id, ..] if !earlier().any(|earlier| earlier == *id) => (
                Level::Warning,
                format!("there is no step `{id}` before this"),
                did_you_mean(id, earlier()),
            ),
            ["each", ..] if self.has_each => return,
            [root, ..] if !ROOTS.contains(root) => (
                Level::Error,
                format!("there is nothing called `{root}` here"),
                did_you_mean(root, ROOTS.iter().copied()),
            ),
            _ => return,
        };
        let error = engine::EngineError {
            kind: engine::ErrorKind::Syntax,
            path: String::new(),
            line: reference.line,
            column: reference.column,
            message,
            hint,
        };
        let diagnostic = self.template.expression(pointer, error);
        self.problems.push(Diagnostic { level, code: "unknown-reference", ..diagnostic });
    }
}
