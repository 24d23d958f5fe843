//! `debug:wait` and `roadiehq:utils:sleep`: accepted, and nothing is waited for.
//!
//! A pause changes no file and nothing outside, so that a plan has nothing to show of it, and a run does not make one.

use serde_json::{Value, json};

use super::{Action, StepContext, StepPlan, StepResults};
use crate::base::diagnostics::Diagnostic;

/// `debug:wait`.
pub(super) struct Wait;

/// `roadiehq:utils:sleep`.
pub(super) struct Sleep;

const DESCRIPTION: &str = "Accepted for the sake of Backstage's templates; nothing is waited for";

fn plan() -> StepPlan {
    StepPlan { message: "waits for nothing".to_owned(), ..StepPlan::default() }
}

impl Action for Wait {
    fn id(&self) -> &'static str {
        "debug:wait"
    }

    fn description(&self) -> &'static str {
        DESCRIPTION
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["minutes", "seconds", "milliseconds"]
    }

    fn schema(&self) -> Value {
        let time = |unit: &str| json!({"type": ["number", "string"], "description": unit});
        json!({
            "type": ["object", "string"],
            "properties": {
                "minutes": time("Minutes"),
                "seconds": time("Seconds"),
                "milliseconds": time("Milliseconds")
            }
        })
    }

    fn plan(
        &self,
        _cx: &StepContext<'_>,
        _input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        Ok(plan())
    }
}

impl Action for Sleep {
    fn id(&self) -> &'static str {
        "roadiehq:utils:sleep"
    }

    fn description(&self) -> &'static str {
        DESCRIPTION
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["amount"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["amount"],
            "properties": {"amount": {"type": ["number", "string"], "description": "Seconds"}}
        })
    }

    fn plan(
        &self,
        _cx: &StepContext<'_>,
        _input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        Ok(plan())
    }
}
