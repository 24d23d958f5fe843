//! One effect in the record of a run.

use callboard_planner::Effect;
use serde::{Deserialize, Serialize};
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
#[serde(from = "EffectForm")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<EffectState>,
    /// What was found where it would be, before it was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// Its outputs, once it is done.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub output: Map<String, Value>,
}

/// The forms of an effect in records: its summary, or since version 2 a map.
#[derive(Deserialize)]
#[serde(untagged)]
enum EffectForm {
    Summary(String),
    Effect {
        id: String,
        kind: String,
        target: String,
        summary: String,
        #[serde(default)]
        state: Option<EffectState>,
        #[serde(default)]
        probe: Option<String>,
        #[serde(default)]
        output: Map<String, Value>,
    },
}

impl From<EffectForm> for RunEffect {
    fn from(form: EffectForm) -> Self {
        match form {
            EffectForm::Summary(summary) => Self {
                id: String::new(),
                kind: String::new(),
                target: String::new(),
                summary,
                state: None,
                probe: None,
                output: Map::new(),
            },
            EffectForm::Effect { id, kind, target, summary, state, probe, output } => {
                Self { id, kind, target, summary, state, probe, output }
            }
        }
    }
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
        }
    }
}
