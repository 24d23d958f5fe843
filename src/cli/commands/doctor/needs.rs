//! What the templates of the portal need of each credential, compared with what its server says that it may do.

use std::collections::{BTreeMap, BTreeSet};

use callboard_planner::{Effect, EffectKind, Plan, engine, workspace::Workspace};
use serde::Serialize;
use serde_json::Value;

use crate::{
    base::{
        http::Method,
        origin::{self, Origin},
        text::list,
    },
    catalog::EntityRef,
    forge::{Account, ApiError, Client, May},
};

/// Most calls of one server whose rights are asked about.
const MOST_CALLS: usize = 200;

/// Something that templates do on a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// A call that changes something: its method and its path below the API.
    Call(&'static str, String),
    /// A push of files; whether some are workflows of GitHub is a matter of their paths.
    Push(Vec<String>),
}

/// What templates do on the server of an origin: the templates of each act.
#[derive(Debug, Default)]
pub(super) struct OriginNeeds(BTreeMap<Act, BTreeSet<String>>);

/// Whether a credential has a permission that templates need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Right {
    /// The permission, as the server's settings name it.
    pub(super) permission: String,
    /// Whether it has it.
    pub(super) state: RightState,
    /// What exactly it lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<String>,
    /// The templates whose calls need the permission.
    pub(super) templates: BTreeSet<String>,
}

/// Whether a credential has a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RightState {
    /// The server says so.
    Granted,
    /// The server says that it has not.
    Missing,
    /// The server does not say it.
    Unknown,
}

impl OriginNeeds {
    /// Collects what plans do on the server of each of these origins.
    pub(super) fn of<'p>(
        plans: impl Iterator<Item = (&'p EntityRef, &'p Plan)>,
        origins: &[&Origin],
    ) -> Vec<Self> {
        let mut needs: Vec<Self> = origins.iter().map(|_| Self::default()).collect();
        for (template, plan) in plans {
            for effect in plan.effects() {
                let (url, acts) = acts(effect);
                let Some(url) = url else { continue };
                // An example has an owner of its own, for whom there may be no credential.
                let nearest = origin::nearest(origins.iter().copied().zip(0..), url);
                let on_server = (0..origins.len()).filter(|at| origins[*at].is_on(url));
                let found: Vec<usize> = nearest.map_or_else(|| on_server.collect(), |at| vec![at]);
                for (act, at) in acts.iter().flat_map(|act| found.iter().map(move |at| (act, *at)))
                {
                    needs[at].0.entry(act.clone()).or_default().insert(template.name().to_owned());
                }
            }
        }
        needs
    }

    /// Asks the server about all that is done there.
    ///
    /// # Errors
    /// The server does not answer.
    pub(super) fn check(
        &self,
        client: &Client<'_>,
        account: &Account,
    ) -> Result<Vec<Right>, ApiError> {
        let mut rights: BTreeMap<(String, RightState, Vec<String>), BTreeSet<String>> =
            BTreeMap::new();
        for (act, templates) in self.0.iter().take(MOST_CALLS) {
            let (permission, may) = match act {
                Act::Call(method, path) => client.may(account, method_of(method), path)?,
                Act::Push(paths) => {
                    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
                    client.may_push(account, &paths)?
                }
            };
            let (state, missing) = match may {
                May::Yes => (RightState::Granted, Vec::new()),
                May::No(missing) => (RightState::Missing, missing),
                May::Unknown => (RightState::Unknown, Vec::new()),
            };
            let key = (permission.text.to_owned(), state, missing);
            rights.entry(key).or_default().extend(templates.iter().cloned());
        }
        // What is not asked about is not said to be there.
        if let Some(left) = self.0.len().checked_sub(MOST_CALLS).filter(|left| *left > 0) {
            let permission = format!("{left} more calls than the {MOST_CALLS} that are looked at");
            let templates = self.0.values().skip(MOST_CALLS).flatten().cloned().collect();
            rights.insert((permission, RightState::Unknown, Vec::new()), templates);
        }
        let right = |((permission, state, missing), templates)| Right {
            permission,
            state,
            missing,
            templates,
        };
        Ok(rights.into_iter().map(right).collect())
    }
}

impl Right {
    /// What it lacks, for people.
    pub(super) fn lack(&self) -> String {
        let quoted = |name: &String| format!("`{}`", name.trim_matches('`'));
        let missing: Vec<_> = self.missing.iter().map(quoted).collect();
        let templates: Vec<_> = self.templates.iter().map(quoted).collect();
        let what = match templates.len() {
            1 => "the template",
            _ => "the templates",
        };
        format!("lacks {}: {what} {}", list(&missing, 10), list(&templates, 5))
    }
}

/// The address whose origin has the credential of an effect, and what the effect does there.
fn acts(effect: &Effect) -> (Option<&str>, Vec<Act>) {
    let text = |pointer: &str| effect.input.pointer(pointer).and_then(Value::as_str);
    let files = || {
        let files = effect.files.iter().flat_map(Workspace::files);
        vec![Act::Push(files.map(|(path, _)| path.to_string()).collect())]
    };
    match effect.kind {
        EffectKind::GitRepository => (text("/pushUrl"), files()),
        EffectKind::GitBranch => (text("/url"), files()),
        EffectKind::Api => {
            let resources = effect.input["resources"].as_array().into_iter().flatten();
            let calls = resources.filter_map(|resource| {
                let call = &resource["create"];
                let method = ["POST", "PUT", "PATCH", "DELETE"]
                    .into_iter()
                    .find(|method| call["method"] == **method)?;
                let path = engine::display(&call["path"]);
                Some(Act::Call(method, path.as_str().unwrap_or_default().to_owned()))
            });
            (text("/credential"), calls.collect())
        }
        _ => (None, Vec::new()),
    }
}

fn method_of(name: &str) -> Method {
    match name {
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Post,
    }
}
