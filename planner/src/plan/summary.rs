//! What the first lines of a plan say: its verdict, who must approve it, and what is known only after apply.

use serde_json::Value;

use super::{Plan, PlannedStatus};
use crate::base::text::count;

/// What stands around the name of a value that is known only after apply.
const MARKER: (&str, char) = ("‹known after apply: ", '›');

impl Plan {
    /// One line: how much the request makes, and whether something needs a closer look.
    pub(super) fn verdict(&self) -> String {
        let mut parts = vec![
            count(self.effects().count(), "effect", "effects"),
            count(self.files.len(), "file", "files"),
        ];
        let open = |step: &&super::PlannedStep| {
            matches!(step.state, PlannedStatus::KnownAfterApply | PlannedStatus::AfterFailure)
        };
        let for_good = self.effects().filter(|effect| effect.undo.is_none()).count();
        let undecided = self.steps.iter().filter(open).count();
        for (number, one, many) in [
            (for_good, "effect cannot be undone", "effects cannot be undone"),
            (undecided, "step is decided at apply", "steps are decided at apply"),
            (self.warnings.len(), "warning", "warnings"),
        ] {
            if number > 0 {
                parts.push(count(number, one, many));
            }
        }
        parts.join(", ")
    }

    /// Who must approve, by the policy: how many of whom, and the rule that says so.
    pub(super) fn approval(&self) -> Option<(String, &[String], &str)> {
        let policy = self.policy.as_ref()?;
        let number = match (policy.approvers.is_empty(), policy.approvals) {
            (true, _) => "whoever may merge".to_owned(),
            (false, 1) => "one of".to_owned(),
            (false, number) => format!("{number} of"),
        };
        Some((number, &policy.approvers, &policy.rule))
    }

    /// The values that only apply knows, such as `steps.publish.output.commitHash`, sorted.
    pub(super) fn known_after_apply(&self) -> Vec<String> {
        let mut found = Vec::new();
        for value in [serde_json::to_value(&self.steps), serde_json::to_value(&self.output)] {
            collect(&value.unwrap_or_default(), &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let names = text.split(MARKER.0).skip(1).filter_map(|rest| rest.split_once(MARKER.1));
            found.extend(names.map(|(name, _)| name.to_owned()));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}
