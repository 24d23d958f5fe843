//! Waiting for what goes on at a server, such as the run of a pipeline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is waited for: it is read again and again until it has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// What it is, for messages, such as `the run of the pipeline`.
    pub name: String,
    /// Path and query below the base at which it is read. A part may be known only after apply.
    pub path: Value,
    /// The values that it has while it goes on, as [`contains`](super::contains) compares them; one of them is enough.
    pub going: Vec<Value>,
    /// Seconds between two requests, at least 1.
    pub interval: u64,
    /// Seconds after which nothing is waited for any more.
    pub longest: u64,
    /// The outputs of the step: the name of each, and the JSON Pointer of its value in what the server answers.
    pub output: BTreeMap<String, String>,
    /// Outputs that the server's answer lacks.
    pub otherwise: Map<String, Value>,
    /// The name of the output that is true when it went on for too long.
    pub exceeded: String,
    /// The values that it must have in the end, so that the step does not fail; `null` for any.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub required: Value,
}
