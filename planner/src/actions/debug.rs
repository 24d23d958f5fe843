//! `debug:log`: writes a message, and if asked for the files of the workspace, to the log of the run.

use serde_json::{Value, json};

use super::{Action, StepContext, StepPlan, StepResults, input::texts};
use crate::{
    base::{diagnostics::Diagnostic, text::count},
    engine,
};

/// Most bytes that `with-contents` shows.
const MOST_BYTES: usize = 16 * 1024;

pub(super) struct Log;

impl Action for Log {
    fn id(&self) -> &'static str {
        "debug:log"
    }

    fn description(&self) -> &'static str {
        "Writes a message, and if asked for the files of the workspace, to the log of the run"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["message"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "message": {
                    "type": ["string", "array"], "items": {"type": "string"}, "description": "One line, or a list of them"
                },
                "listWorkspace": {
                    "enum": [true, false, "with-filenames", "with-contents"],
                    "description": "Whether the files are listed, and with their contents"
                }
            }
        })
    }

    fn plan(
        &self,
        _cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let shown = engine::display(input);
        let mut log: Vec<String> = match shown.get("message") {
            Some(Value::String(message)) => vec![message.clone()],
            _ => texts(&shown, "message").into_iter().map(str::to_owned).collect(),
        };
        let listing = input.get("listWorkspace").cloned().unwrap_or_default();
        if !matches!(listing, Value::Null | Value::Bool(false)) {
            let mut left = MOST_BYTES;
            for (path, file) in results.workspace.files() {
                log.push(path.to_string());
                if listing == "with-contents"
                    && let Some(text) = file.text().filter(|text| text.len() <= left)
                {
                    left -= text.len();
                    log.push(text.to_owned());
                }
            }
        }
        Ok(StepPlan {
            message: format!("wrote {}", count(log.len(), "line", "lines")),
            log,
            ..StepPlan::default()
        })
    }
}
