//! In which parts two plans of a request differ.
//!
//! What a policy can let differ has a name of `policy/parts.rs`. All else is fixed: what is done, where, for whom, with which
//! secrets and permissions. A field of an effect is fixed unless [`field`] lists it, so that a new one is, too.
//!
//! A value that only apply knows is equal to none here, not even to one that is displayed alike, because what a template
//! computes it from may be another thing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Plan, PlannedStatus, PlannedStep};
use crate::{
    base::files::Mode,
    catalog::issue::escape,
    effect::{Effect, EffectKind},
    engine,
    policy::names_part,
    workspace::Workspace,
};

/// A part in which two plans differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The name of the part, such as `files/README.md`.
    pub part: String,
    /// Whether no policy can let it differ.
    pub is_fixed: bool,
}

impl Plan {
    /// The parts in which another plan of the same request differs from this one, sorted; none when both have the same
    /// hash.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        if self.hash() == other.hash() {
            return Vec::new();
        }
        let mut parts = Parts::default();
        parts.plans(self, other);
        if parts.0.is_empty() {
            parts.fixed("plan");
        }
        parts.0.into_iter().collect()
    }

    /// Whether the policy of this plan lets a part of another one differ.
    pub fn lets_differ(&self, difference: &Difference) -> bool {
        let named = self.policy.as_ref().map(|policy| policy.may_differ.as_slice());
        !difference.is_fixed && names_part(named.unwrap_or_default(), &difference.part)
    }
}

#[derive(Default)]
struct Parts(BTreeSet<Difference>);

impl Parts {
    fn fixed(&mut self, part: impl Into<String>) {
        self.0.insert(Difference { part: part.into(), is_fixed: true });
    }

    fn open(&mut self, part: impl Into<String>) {
        self.0.insert(Difference { part: part.into(), is_fixed: false });
    }

    /// Adds a part that a policy can name, when it differs.
    fn open_if(&mut self, differs: bool, part: &str) {
        if differs {
            self.open(part);
        }
    }

    fn fixed_if(&mut self, differs: bool, part: &str) {
        if differs {
            self.fixed(part);
        }
    }

    fn plans(&mut self, one: &Plan, other: &Plan) {
        // Each field is named, so that a new one has to be compared.
        let Plan {
            request,
            requester,
            template,
            parameters,
            steps,
            files: _, // made of `workspace`
            content,
            output,
            known_after_apply: _, // made of inputs, effects and output
            policy,
            warnings: _, // no part of the hash
            workspace,
            claims,
            request_digest,
        } = one;
        let is_same_request = *request == other.request && *request_digest == other.request_digest;
        self.fixed_if(!is_same_request, "request");
        self.fixed_if(*requester != other.requester, "requester");
        self.fixed_if(template.reference != other.template.reference, "request");
        self.fixed_if(*policy != other.policy, "policy");
        self.fixed_if(*claims != other.claims, "claims");
        let is_same_template =
            template.digest == other.template.digest && template.title == other.template.title;
        self.open_if(!is_same_template, "template");
        self.open_if(*content != other.content, "content");
        self.open_if(*output != other.output, "texts");
        self.members("parameters", parameters, &other.parameters);
        self.files(workspace, &other.workspace);
        if steps.len() != other.steps.len() {
            self.fixed("steps");
        }
        for (one, other) in steps.iter().zip(&other.steps) {
            self.steps(one, other);
        }
    }

    /// The members of two maps, each with a name below `part`.
    fn members(&mut self, part: &str, one: &Map<String, Value>, other: &Map<String, Value>) {
        let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
        for name in names {
            self.open_if(one.get(name) != other.get(name), &format!("{part}/{name}"));
        }
    }

    fn steps(&mut self, one: &PlannedStep, other: &PlannedStep) {
        let PlannedStep { id, each, name, origin, action, state, input, message, log, effects } =
            one;
        if (id, each, action) != (&other.id, &other.each, &other.action) {
            return self.fixed("steps");
        }
        // Whether it runs is decided by an expression that no plan shows.
        let is_decided = *state != PlannedStatus::KnownAfterApply && *state == other.state;
        self.fixed_if(!is_decided, &format!("steps/{id}"));
        self.open_if(*origin != other.origin, "template");
        self.open_if(*input != other.input, &format!("inputs/{id}"));
        let texts = (name, message, log);
        self.open_if(texts != (&other.name, &other.message, &other.log), "texts");
        if effects.len() != other.effects.len() {
            self.fixed(format!("effects/{id}"));
        }
        for (index, (one, other)) in effects.iter().zip(&other.effects).enumerate() {
            self.effects(id, &format!("effects/{id}/{}", index + 1), one, other);
        }
    }

    fn effects(&mut self, step: &str, part: &str, one: &Effect, other: &Effect) {
        let Effect {
            id,
            kind,
            target,
            input,
            summary,
            secrets,
            undo,
            claims,
            files,
            changes_workspace,
        } = one;
        if (id, kind, changes_workspace) != (&other.id, &other.kind, &other.changes_workspace) {
            return self.fixed(part);
        }
        self.fixed_if(*target != other.target, &format!("{part}/target"));
        self.fixed_if(*secrets != other.secrets, &format!("{part}/secrets"));
        self.fixed_if(*undo != other.undo, &format!("{part}/undo"));
        self.fixed_if(*claims != other.claims, &format!("{part}/claims"));
        self.open_if(*summary != other.summary, "texts");
        let (mut input, mut other_input) = (input.clone(), other.input.clone());
        match (files, &other.files) {
            (Some(files), Some(others)) => {
                self.files(files, others);
                // What the files are is said by their digests, too.
                for input in [&mut input, &mut other_input] {
                    if let (Some(map), Some(key)) = (input.as_object_mut(), digests(*kind)) {
                        map.remove(key);
                    }
                }
            }
            (None, None) => {}
            _ => self.fixed(format!("{part}/files")),
        }
        let mut paths = Vec::new();
        values(step, &input, &other_input, &mut Vec::new(), &mut paths);
        for path in paths {
            match field(*kind, &path) {
                Some(field) => self.open(format!("{part}/{field}")),
                None => self.fixed(format!("{part}/{}", path.join("/"))),
            }
        }
    }

    /// Files by their path. A file has the mode that it had, and a new one is neither executable nor a link.
    fn files(&mut self, one: &Workspace, other: &Workspace) {
        if one.has_later_files() || other.has_later_files() {
            self.open("files/*");
        }
        let mut all: BTreeMap<_, (Option<_>, Option<_>)> = BTreeMap::new();
        one.files().for_each(|(path, file)| all.entry(path).or_default().0 = Some(file));
        other.files().for_each(|(path, file)| all.entry(path).or_default().1 = Some(file));
        for (path, (one, other)) in all {
            let mode = one.map_or(Mode::File, |file| file.mode);
            self.fixed_if(other.is_some_and(|file| file.mode != mode), &format!("modes/{path}"));
            let is_same = match (one, other) {
                (Some(one), Some(other)) => {
                    one.is_known && other.is_known && one.bytes == other.bytes
                }
                _ => false,
            };
            self.open_if(!is_same, &format!("files/{path}"));
        }
    }
}

/// The key of the input of an effect with files that has their digests.
fn digests(kind: EffectKind) -> Option<&'static str> {
    match kind {
        EffectKind::GitRepository | EffectKind::GitBranch => Some("tree"),
        EffectKind::PortalFiles => Some("files"),
        EffectKind::OwnAction => Some("workspace"),
        EffectKind::CatalogEntities
        | EffectKind::Api
        | EffectKind::HttpRequest
        | EffectKind::Notification => None,
    }
}

/// The name of a field of an effect that a policy can let differ, by its path in the input; `None` for one that is fixed.
/// What calls of an API send is named once, though several calls send it.
fn field(kind: EffectKind, path: &[String]) -> Option<String> {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let is_open = match (kind, path.as_slice()) {
        (EffectKind::GitRepository | EffectKind::GitBranch, [field]) => {
            matches!(*field, "message" | "authorName" | "authorEmail")
        }
        (EffectKind::CatalogEntities, ["entities", _, "document", _, ..])
        | (EffectKind::OwnAction, ["input", ..])
        | (EffectKind::HttpRequest, ["body", ..])
        | (EffectKind::Notification, ["notification", "title" | "info"]) => true,
        (
            EffectKind::Api,
            ["resources", number, "create" | "update", "body", rest @ ..]
            | ["resources", number, "alternatives", _, "call", "body", rest @ ..]
            | ["resources", number, "owner", "values", rest @ ..],
        ) if !rest.is_empty() => {
            return Some(format!("resources/{number}/body/{}", rest.join("/")));
        }
        _ => false,
    };
    is_open.then(|| path.join("/"))
}

/// Finds the paths at which two values differ, or at which a value is known only after apply. Lists of another length
/// differ as a whole.
fn values(
    step: &str,
    one: &Value,
    other: &Value,
    path: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    let is_whole = engine::is_unknown(one) || engine::is_unknown(other);
    match (one, other) {
        (Value::Object(map), Value::Object(others)) if !is_whole => {
            let keys: BTreeSet<_> = map.keys().chain(others.keys()).collect();
            for key in keys {
                path.push(escape(key));
                match (map.get(key), others.get(key)) {
                    (Some(one), Some(other)) => values(step, one, other, path, found),
                    _ => found.push(path.clone()),
                }
                path.pop();
            }
        }
        (Value::Array(list), Value::Array(others)) if list.len() == others.len() => {
            for (index, (one, other)) in list.iter().zip(others).enumerate() {
                path.push(index.to_string());
                values(step, one, other, path, found);
                path.pop();
            }
        }
        _ if one == other && engine::is_known_but_for(one, step) => {}
        _ => found.push(path.clone()),
    }
}
