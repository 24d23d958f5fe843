//! What the first lines of a plan say: its verdict, and who must approve it.

use super::{Plan, PlannedStatus};
use crate::base::text::count;

impl Plan {
    /// One line: how much the request makes, and whether something needs a closer look.
    pub fn verdict(&self) -> String {
        let mut parts = vec![
            count(self.effects().count(), "effect", "effects"),
            count(self.files.len(), "file", "files"),
        ];
        if self.workspace.has_later_files() {
            parts.push("which files there are is known after apply".to_owned());
        }
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

    /// The parts that may be other ones at apply, by the policy.
    pub(super) fn may_differ(&self) -> &[String] {
        self.policy.as_ref().map(|policy| policy.may_differ.as_slice()).unwrap_or_default()
    }
}
