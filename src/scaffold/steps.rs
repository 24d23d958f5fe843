//! One step of a template: its condition, its input, its action.

use serde_json::{Map, Value, json};

use super::{
    actions::{self, At, Done, State},
    engine::{Context, is_truthy_if, render_value},
};
use crate::base::diagnostics::Diagnostic;

/// Renders and runs a step, and returns its input with what was done; `None` when its condition is
/// false. Its outputs are there for the next ones.
pub(super) fn evaluate(
    at: &At<'_>,
    state: &mut State,
) -> Result<Option<(Value, Done)>, Vec<Diagnostic>> {
    let variables = context(at, state)?;
    let context = Context::new(&variables);
    if !is_due(at, state, &context)? {
        return Ok(None);
    }
    let action = actions::find(at.template(), at.index).map_err(|problem| vec![problem])?;
    let environment = at.situation.environment(state);
    let input = render_value(&at.step().input, &context, &environment)
        .map_err(|error| vec![at.template().expression(&at.input(), error)])?
        .unwrap_or_else(|| json!({}));
    let problems = at.check_input(action, &input);
    if !problems.is_empty() {
        return Err(problems);
    }
    let done = action.run(at, &input, state)?;
    set_output(at, state, done.output.clone());
    Ok(Some((input, done)))
}

/// Makes outputs of a step known to later ones.
pub(super) fn set_output(at: &At<'_>, state: &mut State, output: Map<String, Value>) {
    let output = json!({"output": output});
    state.steps.insert(at.step().id.clone(), output);
}

/// After a failure only steps run whose condition asks about it (Backstage, `always()`).
fn is_due(at: &At<'_>, state: &State, context: &Context<'_>) -> Result<bool, Vec<Diagnostic>> {
    let Some(condition) = &at.step().condition else {
        return Ok(!state.failed);
    };
    let environment = at.situation.environment(state).with_steps(state.failed);
    let pointer = format!("/spec/steps/{}/if", at.index);
    let value = render_value(condition, context, &environment)
        .map_err(|error| vec![at.template().expression(&pointer, error)])?;
    let may_run = !state.failed || environment.asked_about_steps();
    Ok(may_run && is_truthy_if(value.as_ref()))
}

/// What the expressions of a template can read: a copy of everything that steps have left, which
/// the plan's budget pays for.
pub(super) fn context(at: &At<'_>, state: &State) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let situation = at.situation;
    let requester = &situation.request.requester;
    let mut user = json!({"ref": requester.as_str()});
    if let Some(entity) = situation.catalog.get(requester) {
        user["entity"] = Value::clone(&entity.document);
    }
    let context = json!({
        "parameters": situation.parameters,
        "steps": state.steps,
        "user": user,
        "context": {"task": {"id": situation.request.id}},
        "environment": {"parameters": {}},
    });
    let Value::Object(context) = context else { return Ok(Map::new()) };
    state.budget.pay_for(&context).map_err(|message| at.wrong("", message))?;
    Ok(context)
}
