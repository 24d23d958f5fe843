//! Plans one step of a template: its condition, its input, its action.

use serde_json::{Map, Value, json};

use super::{
    actions::{self, StepContext, StepPlan, StepResults},
    engine::{Condition, Context, decide, render_value},
};
use crate::base::diagnostics::Diagnostic;

/// Renders a step's input and plans its action; `None` when the step does not run. Adds its outputs to
/// `results`, for the expressions of later steps.
///
/// # Errors
/// All that is wrong with the step.
pub(super) fn plan(
    cx: &StepContext<'_>,
    results: &mut StepResults,
) -> Result<Option<(Value, StepPlan)>, Vec<Diagnostic>> {
    let variables = context(cx, results)?;
    let context = Context::new(&variables);
    if !is_due(cx, results, &context)? {
        return Ok(None);
    }
    let action = actions::find(cx.template(), cx.index).map_err(|problem| vec![problem])?;
    let environment = cx.plan.environment(results);
    let input = render_value(&cx.step().input, &context, &environment)
        .map_err(|error| vec![cx.template().expression(&cx.input(), error)])?
        .unwrap_or_else(|| json!({}));
    let problems = cx.check_input(action, &input);
    if !problems.is_empty() {
        return Err(problems);
    }
    let plan = action.plan(cx, &input, results)?;
    set_output(cx, results, plan.output.clone());
    Ok(Some((input, plan)))
}

/// Gives the outputs of a step to the expressions of later steps.
pub(super) fn set_output(
    cx: &StepContext<'_>,
    results: &mut StepResults,
    output: Map<String, Value>,
) {
    let output = json!({"output": output});
    results.outputs.insert(cx.step().id.clone(), output);
}

/// After a failure only those steps run whose condition calls `always()` or `failure()`, as in Backstage.
fn is_due(
    cx: &StepContext<'_>,
    results: &StepResults,
    context: &Context<'_>,
) -> Result<bool, Vec<Diagnostic>> {
    let Some(condition) = &cx.step().condition else {
        return Ok(!results.failed);
    };
    let environment = cx.plan.environment(results).with_steps(results.failed);
    let pointer = format!("/spec/steps/{}/if", cx.index);
    let value = render_value(condition, context, &environment)
        .map_err(|error| vec![cx.template().expression(&pointer, error)])?;
    let may_run = !results.failed || environment.asked_about_steps();
    Ok(may_run && decide(value.as_ref()) != Condition::False)
}

/// What the expressions of a template can read. It is a copy of the outputs of all steps so far, so its
/// size counts against the budget of the plan.
pub(super) fn context(
    cx: &StepContext<'_>,
    results: &StepResults,
) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let plan = cx.plan;
    let requester = &plan.request.requester;
    let mut user = json!({"ref": requester.as_str()});
    if let Some(entity) = plan.catalog.get(requester) {
        user["entity"] = Value::clone(&entity.document);
    }
    let context = json!({
        "parameters": plan.parameters,
        "steps": results.outputs,
        "user": user,
        "context": {"task": {"id": plan.request.id}},
        "environment": {"parameters": {}},
    });
    let Value::Object(context) = context else { return Ok(Map::new()) };
    results.budget.pay_for(&context).map_err(|error| cx.wrong("", error))?;
    Ok(context)
}
