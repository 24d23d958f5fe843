//! What a run that does not go on by itself needs from a person, and the command that gives it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::{EffectState, Run, RunEffect, Status};

/// What a run needs from a person. Each has the command that goes on with the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "lowercase")]
pub enum Need {
    /// The run has not ended, and no runner has it.
    Stopped {
        /// The command.
        command: String,
    },
    /// Nobody but a person can find out whether an effect was done.
    Question {
        /// The id of the effect.
        effect: String,
        /// The command; of its answers `done|not-done` the person chooses one.
        command: String,
    },
}

impl Need {
    /// The command that goes on with the run.
    pub fn command(&self) -> &str {
        match self {
            Self::Stopped { command } | Self::Question { command, .. } => command,
        }
    }
}

impl Run {
    /// True when the run has not ended, and no runner has it: it has no lease, or the lease has ended.
    pub fn is_stopped(&self, now: Timestamp) -> bool {
        self.status == Status::Processing
            && self.lease.as_ref().is_none_or(|lease| lease.has_ended(now))
    }

    /// What the run needs from a person; `None` when it has ended, or a runner has it.
    pub fn need(&self, now: Timestamp) -> Option<Need> {
        if self.is_stopped(now) {
            let command = format!("callboard scaffold resume {} --push", self.request);
            return Some(Need::Stopped { command });
        }
        // Of a run that has not ended, the next runner asks the other side first.
        let is_failed = self.status == Status::Failed && !self.has_lease(now);
        let effect = self.uncertain_effect().filter(|_| is_failed)?.id.clone();
        let command = answer_command(&self.request, &effect);
        Some(Need::Question { effect, command })
    }

    /// The first effect that was started, and of which nobody knows whether it was done.
    pub(in crate::scaffold) fn uncertain_effect(&self) -> Option<&RunEffect> {
        let mut effects = self.steps.iter().flat_map(|step| &step.effects);
        effects.find(|effect| effect.state == Some(EffectState::Intended))
    }
}

/// The command that says what became of an effect, and goes on with its run.
pub fn answer_command(run: &str, effect: &str) -> String {
    let effect = shell_word(effect);
    format!("callboard scaffold resume {run} --step {effect} --was done|not-done --push")
}

/// A text as one word of a shell. Ids of effects have the keys of items, which can be any text.
fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(status: &str, lease: &str, effect: &str) -> Run {
        let text = format!(
            "request: a\ntemplate: template:default/t\ndigest: d\nrequester: user:default/u\nplan: p\n\
             status: {status}\n{lease}created: 2026-03-02T09:00:00Z\nsteps:\n- {{id: s, name: s, action: a, \
             status: {status}, effects: [{{id: \"{effect}\", kind: k, target: t, summary: makes it, \
             state: intended}}]}}\n"
        );
        Run::parse(&text).expect("a record")
    }

    fn lease(until: &str) -> String {
        format!("lease: {{runner: r, until: \"{until}\"}}\n")
    }

    fn need(run: &Run) -> Option<Need> {
        run.need("2026-03-02T10:00:00Z".parse().expect("a time"))
    }

    #[test]
    fn a_run_is_stopped_when_no_runner_has_it() {
        let of = |status, lease: &str| need(&run(status, lease, "s/1"));
        let command = "callboard scaffold resume a --push".to_owned();
        let stopped = Some(Need::Stopped { command });
        assert_eq!(of("processing", ""), stopped);
        assert_eq!(of("processing", &lease("2026-03-02T10:00:00Z")), stopped);
        assert_eq!(of("processing", &lease("2026-03-02T10:00:01Z")), None);
        // Nobody takes such a lease over, so nobody is told to.
        assert_eq!(of("processing", &lease("soon")), None);
        assert_eq!(of("completed", ""), None);
        assert_eq!(of("undone", ""), None);
    }

    #[test]
    fn a_failed_run_with_an_uncertain_effect_has_a_question() {
        let asked = need(&run("failed", "", "s/1"));
        assert!(matches!(asked, Some(Need::Question { ref effect, .. }) if effect == "s/1"));
        assert_eq!(need(&run("failed", &lease("2026-03-02T10:00:01Z"), "s/1")), None);
    }

    #[test]
    fn an_item_s_key_stays_one_word_of_a_command() {
        for (effect, word) in [("s/1", "s/1"), ("s[it's; x]/1", r"'s[it'\''s; x]/1'"), ("", "''")] {
            let command = answer_command("a", effect);
            assert!(command.contains(&format!(" --step {word} --was ")), "{command}");
        }
    }
}
