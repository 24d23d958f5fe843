//! One effect in the record of a run.

use callboard_planner::Effect;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// How far an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectState {
    /// It was about to be carried out: whether it was done is found out by asking the other side.
    Intended,
    /// It was carried out.
    Done,
    /// It was refused; nothing was done.
    Failed,
    /// It was carried out, and undone.
    Undone,
}

/// One effect of a step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEffect {
    /// Its id in the plan; empty in records of version 1.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// What it changes.
    pub target: String,
    /// One line for people.
    pub summary: String,
    /// How far it is; `None`: not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<EffectState>,
    /// What was found where it would be, before it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// Its outputs, once it is done.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub output: Map<String, Value>,
    /// Digest of the files of the workspace afterwards, of an effect that changes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
}

/// Reads the effects of a step. A record of version 1 has only the summary of each, as a text.
pub(super) fn of_any_version<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<RunEffect>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum AnyVersion {
        Summary(String),
        Effect(RunEffect),
    }
    let effect = |recorded| match recorded {
        AnyVersion::Effect(effect) => effect,
        AnyVersion::Summary(summary) => RunEffect {
            id: String::new(),
            kind: String::new(),
            target: String::new(),
            summary,
            state: None,
            probe: None,
            output: Map::new(),
            files: None,
        },
    };
    Ok(Vec::deserialize(deserializer)?.into_iter().map(effect).collect())
}

impl RunEffect {
    /// The record of an effect that has not started.
    pub(in crate::scaffold) fn new(effect: &Effect) -> Self {
        Self {
            id: effect.id.clone(),
            kind: effect.kind.as_str().to_owned(),
            target: effect.target.to_string(),
            summary: effect.summary.clone(),
            state: None,
            probe: None,
            output: Map::new(),
            files: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scaffold::run::{EffectState, Run};

    #[test]
    fn records_of_both_versions_are_read() {
        let record = |effect: &str| {
            let text = format!(
                "request: a\ntemplate: template:default/t\ndigest: d\nrequester: user:default/u\nplan: p\n\
                 status: failed\ncreated: 2026-03-02T09:00:00Z\nsteps:\n- {{id: s, name: s, action: a, \
                 status: processing, effects: [{effect}]}}\n"
            );
            Run::parse(&text).expect("a record")
        };
        let old = record("creates a repository");
        assert_eq!((old.version.number(), old.is_done()), (1, true));
        assert_eq!(old.steps[0].effects[0].summary, "creates a repository");
        let new = record("{id: s/1, kind: k, target: t, summary: makes it, state: failed}");
        assert_eq!(new.steps[0].effects[0].state, Some(EffectState::Failed));
        assert!(!new.is_done());
    }
}
