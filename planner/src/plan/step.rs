//! One step of a template: its condition, its turns, the input and the plan of each turn.
//!
//! A step has one turn, or with `each` one for each item. The inputs of all turns are rendered and checked before the
//! first is planned, as in Backstage.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::{
    actions::{Action, StepContext, StepPlan, StepResults},
    base::diagnostics::Diagnostic,
    engine::{self, Condition, Context, decide},
};

/// The item of a turn whose items are known only after apply.
pub const EVERY_ITEM: &str = "*";

/// Whether a turn runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It runs.
    Runs,
    /// Its condition is false, or an earlier step failed.
    Skipped,
    /// Its condition, or the list of its items, is known only after apply.
    Undecided,
    /// It runs only after an earlier step has failed.
    AfterFailure,
}

/// One turn of a step, with its rendered input.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The key of its item; `None` without `each`.
    pub item: Option<String>,
    /// Whether it runs.
    pub decision: Decision,
    /// The rendered input; null when it does not run.
    pub input: Value,
    /// Warnings about the input.
    pub warnings: Vec<Diagnostic>,
}

impl Turn {
    /// The key of the turn: the id of its step, and the item in brackets.
    pub fn key(&self, step: &str) -> String {
        key(step, self.item.as_deref())
    }

    /// The turn of a step with `each` that has no item: nothing is to be done.
    pub(super) fn without_items() -> Self {
        Self { item: None, decision: Decision::Runs, input: Value::Null, warnings: Vec::new() }
    }

    /// True when its plan shows what it does, or may do.
    pub fn has_plan(&self) -> bool {
        self.decision != Decision::Skipped
    }
}

/// The key of a turn: the id of its step, and the item in brackets.
pub(super) fn key(step: &str, item: Option<&str>) -> String {
    item.map_or_else(|| step.to_owned(), |item| format!("{step}[{item}]"))
}

/// The items that a step goes over: their keys and values. `None` without `each`; one unknown item when the list is
/// known only after apply.
type Items = Option<Vec<(String, Value)>>;

/// Renders conditions and inputs of all turns of a step.
///
/// # Errors
/// All that is wrong with the step.
pub fn turns(cx: &StepContext<'_>, results: &StepResults) -> Result<Vec<Turn>, Vec<Diagnostic>> {
    let action = cx.plan.actions.find(cx.template(), cx.index).map_err(|problem| vec![problem])?;
    let mut variables = context(cx, results)?;
    if results.failed && cx.step().condition.is_none() {
        return Ok(vec![skipped(None)]);
    }
    let Some(items) = items(cx, results, &variables)? else {
        return Ok(vec![turn(cx, results, action, &variables, None)?]);
    };
    let mut turns = Vec::new();
    let mut problems = Vec::new();
    for (key, value) in items {
        variables.insert("each".to_owned(), json!({"key": key, "value": value}));
        match turn(cx, results, action, &variables, Some(key)) {
            Ok(turn) => turns.push(turn),
            Err(found) => problems.extend(found),
        }
    }
    problems.dedup();
    if problems.is_empty() { Ok(turns) } else { Err(problems) }
}

fn skipped(item: Option<String>) -> Turn {
    Turn { item, decision: Decision::Skipped, input: Value::Null, warnings: Vec::new() }
}

fn turn(
    cx: &StepContext<'_>,
    results: &StepResults,
    action: &dyn Action,
    variables: &Map<String, Value>,
    item: Option<String>,
) -> Result<Turn, Vec<Diagnostic>> {
    let context = Context::with_unknowns(variables, &["steps", "each"]);
    let mut decision = decision(cx, results, &context)?;
    if decision == Decision::Skipped {
        return Ok(skipped(item));
    }
    if item.as_deref() == Some(EVERY_ITEM) {
        decision = Decision::Undecided;
    }
    let environment = cx.plan.environment(results);
    let options = cx.template().options();
    // Nothing but an input may read a secret.
    let names = cx.plan.settings.secrets_of(&cx.template().reference);
    let secrets: Map<String, Value> =
        names.map(|name| (name.to_owned(), engine::secret(name))).collect();
    let mut variables = Cow::Borrowed(variables);
    if !secrets.is_empty() {
        variables.to_mut().insert("secrets".to_owned(), Value::Object(secrets));
    }
    let context = Context::with_unknowns(&variables, &["steps", "each", "secrets"]);
    let input = options
        .render_value(&cx.step().input, &context, &environment)
        .map_err(|error| vec![cx.template().expression(&cx.input(), error)])?
        .unwrap_or_else(|| json!({}));
    let warnings = cx.check_input(action, &input)?;
    Ok(Turn { item, decision, input, warnings })
}

fn items(
    cx: &StepContext<'_>,
    results: &StepResults,
    variables: &Map<String, Value>,
) -> Result<Items, Vec<Diagnostic>> {
    let Some(each) = &cx.step().each else { return Ok(None) };
    let pointer = format!("/spec/steps/{}/each", cx.index);
    let context = Context::with_unknowns(variables, &["steps"]);
    let options = cx.template().options();
    let rendered = options
        .render_value(each, &context, &cx.plan.environment(results))
        .map_err(|error| vec![cx.template().expression(&pointer, error)])?;
    let id = &cx.step().id;
    Ok(Some(match rendered {
        Some(list) if engine::is_unknown(&list) => {
            vec![(EVERY_ITEM.to_owned(), engine::unknown(id, "each"))]
        }
        Some(Value::Array(items)) => {
            items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
        }
        Some(Value::Object(map)) => map.into_iter().collect(),
        other => {
            let kind = match other {
                None => "nothing".to_owned(),
                Some(value) => format!("`{value}`"),
            };
            let message = format!("`each` must be a list or a map, found {kind}");
            return Err(vec![cx.template().wrong(&pointer, "invalid-each", message)]);
        }
    }))
}

/// Plans what one turn does: changes the workspace, and returns outputs and effects.
///
/// # Errors
/// All that is wrong with the step.
pub fn plan(
    cx: &StepContext<'_>,
    turn: &Turn,
    results: &mut StepResults,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let action = cx.plan.actions.find(cx.template(), cx.index).map_err(|problem| vec![problem])?;
    let cx = &StepContext { plan: cx.plan, index: cx.index, item: turn.item.as_deref() };
    let is_certain = turn.decision == Decision::Runs;
    let before = (!is_certain).then(|| (results.workspace.clone(), results.content.clone()));
    let mut plan = action.plan(cx, &turn.input, results)?;
    plan.content.clone_from(&results.content);
    plan.warnings.extend(turn.warnings.iter().cloned());
    for (number, effect) in plan.effects.iter_mut().enumerate() {
        effect.id = format!("{}/{}", turn.key(&cx.step().id), number + 1);
    }
    match before {
        // What it would make after a failure is not there when nothing fails.
        Some(before) if turn.decision == Decision::AfterFailure => {
            (results.workspace, results.content) = before;
        }
        Some((workspace, content)) => {
            results.workspace.mark_undecided(&workspace);
            results.has_undecided_content |= results.content != content;
        }
        None => {}
    }
    Ok(plan)
}

/// Gives the outputs of a step's turns to the expressions of later steps: of one turn as they are, with `each` the
/// list of every output. A step without a turn that ran has none.
pub fn finish(cx: &StepContext<'_>, results: &mut StepResults, outputs: Vec<Map<String, Value>>) {
    let output = if cx.step().each.is_some() {
        let mut lists: Map<String, Value> = Map::new();
        for (key, value) in outputs.into_iter().flatten() {
            if let Value::Array(list) = lists.entry(key).or_insert_with(|| json!([])) {
                list.push(value);
            }
        }
        Value::Object(lists)
    } else {
        let Some(output) = outputs.into_iter().next() else { return };
        Value::Object(output)
    };
    results.outputs.insert(cx.step().written_id.clone(), json!({"output": output}));
}

/// Makes all outputs of a step known only after apply, because whether it runs is, or its items are.
pub fn finish_undecided(cx: &StepContext<'_>, results: &mut StepResults) {
    let output = engine::unknown(&cx.step().id, "output");
    results.outputs.insert(cx.step().written_id.clone(), json!({"output": output}));
}

/// After a failure only those steps run whose condition calls `always()` or `failure()`, as in Backstage.
fn decision(
    cx: &StepContext<'_>,
    results: &StepResults,
    context: &Context<'_>,
) -> Result<Decision, Vec<Diagnostic>> {
    let Some(condition) = &cx.step().condition else {
        return Ok(if results.failed { Decision::Skipped } else { Decision::Runs });
    };
    let pointer = format!("/spec/steps/{}/if", cx.index);
    let decide_when = |failed: bool| {
        let environment = cx.plan.environment(results).with_steps(failed);
        let value = cx
            .template()
            .options()
            .render_value(condition, context, &environment)
            .map_err(|error| vec![cx.template().expression(&pointer, error)])?;
        Ok::<_, Vec<Diagnostic>>((decide(value.as_ref()), environment.asked_about_steps()))
    };
    let (condition, asks) = decide_when(results.failed)?;
    Ok(match condition {
        _ if results.failed && !asks => Decision::Skipped,
        Condition::True => Decision::Runs,
        Condition::Unknown => Decision::Undecided,
        Condition::False if asks && !results.failed => match decide_when(true)?.0 {
            Condition::False => Decision::Skipped,
            Condition::True | Condition::Unknown => Decision::AfterFailure,
        },
        Condition::False => Decision::Skipped,
    })
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
