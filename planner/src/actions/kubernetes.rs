//! `kubernetes:apply`: applies manifests to a cluster by server-side apply, namespaces first.

use serde_json::{Map, Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults,
    input::{documents, text},
    publish::{api_effect, credential_warning},
};
use crate::{
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Api, ApiInput, Call, Lookup, Method, Owner, Resource, Target},
    engine,
    settings::{Server, ServerKind},
    workspace::folder_path,
};

pub(super) struct Apply;

/// The field manager in the cluster.
const MANAGER: &str = "callboard";
/// The annotation that says which request a thing was made for.
const ANNOTATION: &str = "callboard.dev/made-for";
/// Most manifests of a step.
const MOST: usize = 200;
/// Kinds that are in no namespace.
const CLUSTER_KINDS: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

impl Action for Apply {
    fn id(&self) -> &'static str {
        "kubernetes:apply"
    }

    fn description(&self) -> &'static str {
        "Applies manifests to a cluster of Kubernetes, by server-side apply"
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "required": ["cluster"],
            "properties": {
                "cluster": text("Name of the cluster in `servers` of the settings"),
                "namespace": text("Namespace of manifests that name none"),
                "manifestPath": text("File of the workspace, or folder with files, of one or more manifests each"),
                "manifest": {"type": ["object", "string"], "description": "One manifest, or manifests as YAML"}
            },
            "additionalProperties": false
        })
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let server = server_of(cx, input, "cluster", ServerKind::Kubernetes)?;
        let mut manifests = manifests(cx, input, results)?;
        if manifests.is_empty() {
            return Err(cx.wrong("manifestPath", "there is no manifest"));
        }
        if manifests.len() > MOST {
            let message = format!("there are {} manifests, and at most {MOST}", manifests.len());
            return Err(cx.wrong("manifestPath", message));
        }
        // Others may be in a namespace, or of a kind, that is made here.
        manifests.sort_by_key(Manifest::order);
        let mark = format!("(Callboard request {})", cx.plan.request.id);
        let names: Vec<_> = manifests.iter().map(Manifest::name).collect();
        let resources = manifests.iter().map(|manifest| manifest.resource(&mark)).collect();
        let api = ApiInput {
            api: Api::Kubernetes,
            base: server.url.clone(),
            credential: server.url.clone(),
            resources,
            wait: None,
        };
        let namespace = text(input, "namespace").unwrap_or_default();
        let target = Target { origin: server.url.clone(), path: format!("/{namespace}") };
        let cluster = text(input, "cluster").unwrap_or_default();
        let summary = format!("applies to cluster `{cluster}`: {}", names.join(", "));
        let undo = Some("deletes what it made, but for namespaces");
        Ok(StepPlan {
            message: format!("cluster `{cluster}` has {}", names.join(", ")),
            effects: vec![api_effect(cx, target, &api, (summary, undo))],
            warnings: credential_warning(cx, &server.url, "cluster").into_iter().collect(),
            ..StepPlan::default()
        })
    }
}

/// A server that an input names.
///
/// # Errors
/// The settings have none of this name and kind.
pub(super) fn server_of<'s>(
    cx: &'s StepContext<'_>,
    input: &Value,
    key: &str,
    kind: ServerKind,
) -> Result<&'s Server, Vec<Diagnostic>> {
    let name = text(input, key).unwrap_or_default();
    let servers = &cx.plan.settings.servers;
    if let Some(server) = servers.get(name).filter(|server| server.kind == kind) {
        return Ok(server);
    }
    let of_kind: Vec<_> =
        servers.iter().filter(|(_, server)| server.kind == kind).map(|(n, _)| n.as_str()).collect();
    let hint = match of_kind.is_empty() {
        true => format!(
            "list it in `servers` of `callboard.yaml`: `{name}: {{type: {}, url: …}}`",
            kind.as_str()
        ),
        false => format!("there are `{}`", of_kind.join("`, `")),
    };
    let problems = cx.wrong(key, format!("the settings have no server `{name}`"));
    Err(problems.into_iter().map(|problem| problem.hint(hint.clone())).collect())
}

/// One thing of a cluster.
struct Manifest {
    document: Map<String, Value>,
    version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
}

fn manifests(
    cx: &StepContext<'_>,
    input: &Value,
    results: &StepResults,
) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    let default = text(input, "namespace");
    let mut found = Vec::new();
    let mut add = |key: &str, texts: Vec<Value>| -> Result<(), Vec<Diagnostic>> {
        for document in texts.into_iter().filter(|document| !document.is_null()) {
            found.push(Manifest::of(document, default).map_err(|why| cx.wrong(key, why))?);
        }
        Ok(())
    };
    match input.get("manifest") {
        Some(Value::String(text)) => {
            let all = documents(text).map_err(|why| cx.wrong("manifest", why))?;
            add("manifest", all)?;
        }
        Some(document) => add("manifest", vec![document.clone()])?,
        None => {}
    }
    let Some(written) = text(input, "manifestPath") else { return Ok(found) };
    let path = folder_path(written).map_err(|error| cx.wrong("manifestPath", error))?;
    let is_wanted = |name: &str| match &path {
        None => true,
        Some(path) => {
            name == path.as_str()
                || name.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        }
    };
    for (name, file) in results.workspace.files() {
        let is_yaml = [".yaml", ".yml", ".json"].iter().any(|end| name.as_str().ends_with(end));
        if !is_yaml || !is_wanted(name.as_str()) {
            continue;
        }
        let wrong = |why: String| cx.wrong("manifestPath", format!("`{name}`: {why}"));
        if !file.is_known {
            return Err(wrong("its content is known only after apply".to_owned()));
        }
        let Some(text) = file.text() else { return Err(wrong("it is no text".to_owned())) };
        let all = documents(text).map_err(wrong)?;
        add("manifestPath", all)?;
    }
    Ok(found)
}

impl Manifest {
    fn of(document: Value, default: Option<&str>) -> Result<Self, String> {
        engine::refuse_reserved_keys(&document).map_err(|error| error.to_string())?;
        let Value::Object(mut document) = document else {
            return Err("a manifest is a map".to_owned());
        };
        let part = |pointer: [&str; 2]| {
            let value = document.get(pointer[0]);
            let value =
                if pointer[1].is_empty() { value } else { value.and_then(|v| v.get(pointer[1])) };
            value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let version = part(["apiVersion", ""]).ok_or("a manifest lacks `apiVersion`")?;
        let kind = part(["kind", ""]).ok_or("a manifest lacks `kind`")?;
        let name = part(["metadata", "name"])
            .ok_or_else(|| format!("a manifest of kind `{kind}` lacks `metadata.name`"))?;
        let is_name = |text: &str| {
            text.len() <= 253
                && text.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':')
                })
                && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        let is_cluster_wide = CLUSTER_KINDS.contains(&kind.as_str());
        let own = part(["metadata", "namespace"]);
        let namespace = match is_cluster_wide {
            true => None,
            false => own.or_else(|| default.map(str::to_owned)),
        };
        if let Some(bad) =
            [Some(&name), namespace.as_ref()].into_iter().flatten().find(|text| !is_name(text))
        {
            return Err(format!("`{bad}` cannot be the name of a thing in a cluster"));
        }
        let is_word =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_word(&kind) || !version.split('/').all(is_name) {
            return Err(format!("`{version}`, `{kind}` cannot be a kind of a cluster"));
        }
        if let (Some(namespace), Some(Value::Object(metadata))) =
            (&namespace, document.get_mut("metadata"))
        {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        Ok(Self { document, version, kind, name, namespace })
    }

    /// Kinds that others may need come first.
    fn order(&self) -> usize {
        let first = ["Namespace", "CustomResourceDefinition", "ServiceAccount"];
        first.iter().position(|kind| *kind == self.kind).unwrap_or(first.len())
    }

    fn name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} `{namespace}/{}`", self.kind, self.name),
            None => format!("{} `{}`", self.kind, self.name),
        }
    }

    /// The path in the API. The plural of a kind is made as Kubernetes itself guesses it (`UnsafeGuessKindToResource`).
    fn path(&self) -> String {
        let root = if self.version.contains('/') { "/apis/" } else { "/api/" };
        let namespace = self.namespace.as_ref();
        let namespace = namespace.map(|name| format!("/namespaces/{}", encode(name)));
        let kind = self.kind.to_lowercase();
        let plural = match kind.as_str() {
            "endpoints" => kind,
            _ if kind.ends_with('s') => format!("{kind}es"),
            _ if kind.ends_with('y') => format!("{}ies", &kind[..kind.len() - 1]),
            _ => format!("{kind}s"),
        };
        let (namespace, name) = (namespace.unwrap_or_default(), encode(&self.name));
        format!("{root}{}{namespace}/{plural}/{name}", self.version)
    }

    fn resource(&self, mark: &str) -> Resource {
        let mut document = self.document.clone();
        let metadata = document.entry("metadata").or_insert_with(|| json!({}));
        metadata["annotations"][ANNOTATION] = json!(mark);
        let path = self.path();
        let apply = Call::new(
            Method::Patch,
            format!("{path}?fieldManager={MANAGER}&fieldValidation=Strict"),
        );
        let is_namespace = self.kind == "Namespace";
        let owner = match is_namespace {
            // Many have parts in a namespace.
            true => Owner::Shared,
            false => Owner::Marked {
                pointer: format!("/metadata/annotations/{}", ANNOTATION.replace('/', "~1")),
                mark: mark.to_owned(),
            },
        };
        Resource {
            undo: (!is_namespace).then(|| Call::new(Method::Delete, path.clone())),
            // A namespace or kind that was made a moment before is not seen everywhere at once.
            ..Resource::new(self.name(), owner, apply.with(Value::Object(document)).passing(&[404]))
                .looked_up(Lookup::of(path))
        }
    }
}
