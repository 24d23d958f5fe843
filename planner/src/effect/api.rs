//! The input of effects that are calls to the API of a server: what the server has afterwards, and by which calls that
//! is looked up, made and undone.
//!
//! An action writes the calls; one executor makes them, for all servers. So a plan shows each call before it is made,
//! and an executor decides nothing but whether a thing is there already.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Wait;

/// Whose API it is: how credentials are sent, and how pages, errors and limits are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// GitHub's REST API, version 2022-11-28.
    #[serde(rename = "github")]
    GitHub,
    /// GitLab's REST API, version 4.
    #[serde(rename = "gitlab")]
    GitLab,
    /// The API of Gitea and Forgejo, version 1.
    Gitea,
    /// The API of Bitbucket Cloud, version 2.0, or of Bitbucket Server, version 1.0.
    Bitbucket,
    /// Azure DevOps' REST API, version 7.1.
    AzureDevOps,
    /// The API server of a cluster of Kubernetes.
    Kubernetes,
    /// Argo CD's API, version 1.
    ArgoCd,
}

/// Input of [`EffectKind::Api`](super::EffectKind::Api).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiInput {
    /// Whose API it is.
    pub api: Api,
    /// The address that the paths of the calls are below, such as `https://api.github.com`.
    pub base: String,
    /// The address whose origin has the credential, such as `https://github.com/acme`.
    pub credential: String,
    /// What the server has afterwards, in the order in which it is made.
    pub resources: Vec<Resource>,
    /// What is waited for once they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
}

/// One thing or setting on a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// What it is, for messages, such as ``the repository `acme/shop` ``.
    pub name: String,
    /// How it is looked up; `None` where the server cannot be asked, so that the effect is done at most once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// Whose a thing is that is there already.
    pub owner: Owner,
    /// The call that makes it.
    pub create: Call,
    /// Other calls that make it, each for a case that the server is asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// Values in the bodies of `create` and its alternatives that only the server knows, such as the id of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<ServerValue>,
    /// A text in the body of `create` that is sealed with a key which the server gives, so that only it can read the text: a
    /// sealed box of libsodium, in base64. The value of the server is the key, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<ServerValue>,
    /// The call that changes a thing which is there with other values; without it `create` does that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Call>,
    /// The outputs of the step: the name of each, and the JSON Pointer of its value in what the server answers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: BTreeMap<String, String>,
    /// The call that removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Call>,
    /// Refusals after which the run goes on without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<Refusal>,
}

/// One request to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path and query below the base, starting with a slash. A part may be known only after apply.
    pub path: Value,
    /// Its body; `null` for none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// Statuses that pass by themselves, because the server has not seen yet what was made a moment before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passing: Vec<u16>,
    /// Values that the lookup of the thing has found: where each goes, and its JSON Pointer in the answer. It goes to a
    /// place `{name}` of the path, or, when that starts with a slash, to a JSON Pointer in the body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, String>,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Makes a new thing each time.
    Post,
    /// Sets a thing; a repetition changes nothing.
    Put,
    /// Changes parts of a thing.
    Patch,
    /// Removes a thing.
    Delete,
}

/// How a thing is looked up, by `GET`. The status 404 means that it is not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// Path and query below the base.
    pub path: Value,
    /// The JSON Pointer of the list in the answer, when the answer is a list of things on one or more pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The values by which the thing is known, as [`contains`] compares them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub having: Value,
    /// Whether only the first page of the list is read, which has its newest things: what a run was about to make is among
    /// them, and the list may be long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest: bool,
}

/// A value that only the server knows, and the place in the body of a call where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerValue {
    /// What it is a value of, for messages, such as ``the group `acme` ``. It must exist.
    pub of: String,
    /// How that is looked up.
    pub lookup: Lookup,
    /// The JSON Pointer of the value in the thing that is found.
    pub value: String,
    /// The JSON Pointer of its place in the body, which has `null` there.
    pub place: String,
}

/// Whose a thing is that is there already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Owner {
    /// This request's when the text at a JSON Pointer has the mark; somebody else's without it.
    Marked {
        /// The JSON Pointer.
        pointer: String,
        /// The mark.
        mark: String,
    },
    /// One of many that may be there: this request's is the one whose text at a JSON Pointer has the mark, and the others do
    /// not matter.
    OneOf {
        /// The JSON Pointer.
        pointer: String,
        /// The mark, a text. It has the turn of its step, so that a part may be known only after apply.
        mark: Value,
    },
    /// The server keeps no mark: it is this request's when a run of it was about to make the thing, and somebody else's
    /// otherwise.
    Unmarked,
    /// A setting of a thing that the request made or may change: it is there when it has these values, and is written
    /// otherwise.
    Setting {
        /// The values, as in [`Lookup::having`].
        values: Value,
    },
    /// Shared by many, such as a group: it is used as it is.
    Shared,
    /// A setting that the server does not show, such as a secret: it is written, also by a run that goes on.
    Hidden,
}

/// A call instead of [`Resource::create`], when the server answers a question so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The question.
    pub when: Lookup,
    /// The call.
    pub call: Call,
}

/// A refusal of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its status.
    pub status: u16,
    /// A text that its body has.
    pub text: String,
    /// What that means.
    pub meaning: String,
}

impl Call {
    /// A call without a body.
    pub fn new(method: Method, path: impl Into<Value>) -> Self {
        let (passing, found) = (Vec::new(), BTreeMap::new());
        Self { method, path: path.into(), body: Value::Null, passing, found }
    }

    /// The same call with a body.
    pub fn with(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// The same call, repeated after these statuses.
    pub fn passing(self, statuses: &[u16]) -> Self {
        Self { passing: statuses.to_vec(), ..self }
    }

    /// The same call with values that the lookup of the thing has found.
    pub fn finding(self, found: &[(&str, &str)]) -> Self {
        let found = found.iter().map(|(place, at)| ((*place).to_owned(), (*at).to_owned()));
        Self { found: found.collect(), ..self }
    }
}

impl Lookup {
    /// A lookup whose answer is the thing.
    pub fn of(path: impl Into<Value>) -> Self {
        Self { path: path.into(), items: None, having: Value::Null, newest: false }
    }

    /// A lookup whose answer has a list at a JSON Pointer, with an item that has these values.
    pub fn list(path: impl Into<Value>, items: &str, having: Value) -> Self {
        Self { path: path.into(), items: Some(items.to_owned()), having, newest: false }
    }

    /// A lookup whose answer is a list with the newest things first, of which one has these values.
    pub fn newest(path: impl Into<Value>, having: Value) -> Self {
        Self { newest: true, ..Self::list(path, "", having) }
    }

    /// The same lookup of a thing that has these values.
    pub fn having(self, having: Value) -> Self {
        Self { having, ..self }
    }
}

impl Resource {
    /// A thing that is made by a call and cannot be looked up.
    pub fn new(name: impl Into<String>, owner: Owner, create: Call) -> Self {
        Self {
            name: name.into(),
            lookup: None,
            owner,
            create,
            alternatives: Vec::new(),
            inputs: Vec::new(),
            sealed: None,
            update: None,
            output: BTreeMap::new(),
            undo: None,
            tolerated: Vec::new(),
        }
    }

    /// The same thing with a lookup.
    pub fn looked_up(self, lookup: Lookup) -> Self {
        Self { lookup: Some(lookup), ..self }
    }

    /// The same thing with outputs.
    pub fn giving(self, output: &[(&str, &str)]) -> Self {
        let output = output.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned()));
        Self { output: output.collect(), ..self }
    }

    /// The same thing with a value at a place of the body that is looked up.
    pub fn taking(
        mut self,
        of: impl Into<String>,
        lookup: Lookup,
        value: &str,
        place: &str,
    ) -> Self {
        let (value, place) = (value.to_owned(), place.to_owned());
        self.inputs.push(ServerValue { of: of.into(), lookup, value, place });
        self
    }
}

/// True when a value has all that another one says: each key of a map, each item of a list, equal texts and numbers.
pub fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (_, Value::Null) => true,
        (Value::Object(value), Value::Object(part)) => part.iter().all(|(key, part)| {
            value.get(key).map_or(part.is_null(), |value| contains(value, part))
        }),
        (Value::Array(value), Value::Array(part)) => {
            part.iter().all(|part| value.iter().any(|value| contains(value, part)))
        }
        (value, part) => value == part,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_contains_what_another_one_says() {
        let value = json!({"a": 1, "b": [{"c": "x", "d": 2}, {"c": "y"}], "n": null});
        for part in [
            json!(null),
            json!({}),
            json!({"a": 1}),
            json!({"b": [{"c": "y"}]}),
            json!({"z": null}),
        ] {
            assert!(contains(&value, &part), "{part}");
        }
        for part in [json!({"a": 2}), json!({"b": [{"c": "z"}]}), json!({"z": 1}), json!([])] {
            assert!(!contains(&value, &part), "{part}");
        }
    }
}
