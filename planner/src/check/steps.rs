//! Checks the steps of a template: inputs that are written out, `each`, and steps that never run.

use serde_json::Value;

use crate::{
    actions::{self, StepContext},
    base::diagnostics::Diagnostic,
    catalog::Issue,
    engine,
    template::{Step, Template},
};

/// Checks the shape of the steps, and what of them is ignored.
pub(super) fn check(template: &Template) -> Vec<Diagnostic> {
    let mut issues = template.notes.clone();
    for (index, step) in template.steps.iter().enumerate() {
        let base = format!("/spec/steps/{index}");
        issues.extend(each(template, step, &base));
        if step.condition.as_ref().is_some_and(is_never) {
            let message = format!("the step `{}` never runs", step.id);
            issues.push(
                Issue::warning("unreachable-step", format!("{base}/if"), message)
                    .hint("remove the step, or its condition"),
            );
        }
    }
    issues.into_iter().map(|issue| template.diagnostic(issue)).collect()
}

/// True for a condition that is written out and false.
fn is_never(condition: &Value) -> bool {
    match condition {
        Value::String(text) => {
            let inside = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
            text.is_empty() || inside.is_some_and(|inside| inside.trim() == "false")
        }
        other => *other == Value::Bool(false),
    }
}

/// An `each` that can be no list and no map, whatever the values are.
fn each(template: &Template, step: &Step, base: &str) -> Option<Issue> {
    let found = match step.each.as_ref()? {
        Value::Array(_) | Value::Object(_) => return None,
        Value::String(text) if is_lone(text) => return optional_each(template, text, base),
        Value::String(_) => "a text".to_owned(),
        other => format!("`{other}`"),
    };
    let message = format!("`each` must be a list or a map, found {found}");
    let issue = Issue::error("invalid-each", format!("{base}/each"), message);
    Some(issue.hint("write a list, a map, or one `${{ … }}` with nothing around it"))
}

/// An `each` over a parameter that a request may leave out: the step then fails, also where its condition is false.
fn optional_each(template: &Template, text: &str, base: &str) -> Option<Issue> {
    let name = text.strip_prefix("${{")?.strip_suffix("}}")?.trim().strip_prefix("parameters.")?;
    let is_given = |page: &Value| {
        let required = page.get("required").and_then(Value::as_array);
        required.into_iter().flatten().any(|required| required == name)
            || page.pointer(&format!("/properties/{name}/default")).is_some()
    };
    if !template.parameter_names().contains(&name) || template.pages.iter().any(is_given) {
        return None;
    }
    let message = format!("a request may leave out `{name}`, and `each` must be a list or a map");
    let hint = format!(
        "give `{name}` a default, list it under `required`, or write `parameters.{name} or []`"
    );
    Some(Issue::warning("optional-each", format!("{base}/each"), message).hint(hint))
}

/// True for a text of nothing but expressions and statements: only a lone expression keeps its type.
fn is_lone(text: &str) -> bool {
    text.starts_with("${{") && text.ends_with("}}")
}

/// Checks the inputs of a step as far as they are written out. Those with expressions count as given.
pub(super) fn written_input(cx: &StepContext<'_>, action: &dyn actions::Action) -> Vec<Diagnostic> {
    let input = &cx.step().input;
    if !input.is_object() {
        return Vec::new();
    }
    let found = cx.check_input(action, &without_expressions(input));
    let mut problems = found.unwrap_or_else(|errors| errors);
    problems.retain(|problem| problem.code != "known-after-apply");
    problems
}

/// The value with something that is not known yet in the place of each text with an expression.
fn without_expressions(value: &Value) -> Value {
    match value {
        Value::String(text) if engine::has_expression(text) => {
            engine::unknown("input", "expression")
        }
        Value::Array(items) => items.iter().map(without_expressions).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), without_expressions(value))).collect()
        }
        other => other.clone(),
    }
}
