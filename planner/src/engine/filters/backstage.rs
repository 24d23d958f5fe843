//! The filters that Backstage adds for templates.

use super::super::error::Complaint;
use super::super::member;
use super::super::value::Value;
use super::{Input, Outcome};
use crate::base::forges::RepoUrl;

/// Longest text that is read as a repository.
const LONGEST_URL: usize = 8192;
/// The parameters of its query that are returned.
const PARTS: [&str; 5] = ["owner", "repo", "organization", "workspace", "project"];

/// Parses a `repoUrl` (`host?owner=…&repo=…`) and checks the parts that the forge of the host needs.
pub(super) fn parse_repo_url(input: &Input<'_>) -> Outcome {
    let (host, parts) = repository(input)?;
    let parts = parts.into_iter().map(|(name, value)| (name, Value::text(value)));
    Value::map(std::iter::once(("host", Value::text(host))).chain(parts), input.meter)
}

/// `owner/repo` of a repository URL.
pub(super) fn project_slug(input: &Input<'_>) -> Outcome {
    let (_, parts) = repository(input)?;
    let part =
        |name| parts.iter().find(|(part, _)| *part == name).map_or("undefined", |(_, value)| value);
    Ok(Value::text([part("owner"), "/", part("repo")].concat()))
}

type Repository = (String, Vec<(&'static str, String)>);

fn repository(input: &Input<'_>) -> Result<Repository, Complaint> {
    let text = input.strict_text()?;
    // Its query is searched once for each member.
    if text.len() > LONGEST_URL {
        return Err(format!("a repository has at most {LONGEST_URL} bytes").into());
    }
    let url = RepoUrl::parse(&text).map_err(|error| {
        Complaint::from(format!("`{text}` is not a repository: {error}"))
            .hint("write it like `github.com?owner=acme&repo=shop`")
    })?;
    let Some(forge) = input.environment.forge(&url.host) else {
        let known: Vec<&str> = input.environment.hosts().collect();
        return Err(Complaint::from(format!("no integration is set up for host `{}`", url.host))
            .hint(format!("known hosts: {}", known.join(", "))));
    };
    let missing = |name: &str| url.written(name).is_none_or(str::is_empty);
    let required = forge.required_parts(!missing("project"));
    if let Some(name) = required.iter().find(|name| missing(name)) {
        return Err(Complaint::from(format!("repository `{text}` has no `{name}`"))
            .hint(format!("add `&{name}=…`")));
    }
    let part = |name| Some((name, url.written(name)?.trim_matches('/').to_owned()));
    let parts = PARTS.into_iter().filter_map(part).collect();
    Ok((url.host, parts))
}

/// Parses an entity ref; the argument may give `defaultKind` and `defaultNamespace`.
pub(super) fn parse_entity_ref(input: &Input<'_>) -> Outcome {
    let text = input.strict_text()?;
    let default = |name: &str| -> Result<Option<Value>, Complaint> {
        let Value::Map(record) = input.argument(0) else { return Ok(None) };
        Ok(match record.get(name) {
            Some(value) if value.truthy()? => Some(value.clone()),
            _ => None,
        })
    };
    let (head, rest) = match text.split_once(':') {
        Some((head, _)) if head.contains('/') => (None, &*text),
        Some((head, rest)) => (Some(head), rest),
        None => (None, &*text),
    };
    let (namespace, name) = match rest.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, rest),
    };
    if head == Some("") || namespace == Some("") || name.is_empty() {
        return Err(format!("`{text}` is not an entity ref like `kind:namespace/name`").into());
    }
    let default_kind = if head.is_none() { default("defaultKind")? } else { None };
    let Some(kind) = head.map(Value::text).or(default_kind) else {
        return Err(Complaint::from(format!("entity ref `{text}` has no kind"))
            .hint("give one: `x | parseEntityRef({defaultKind: 'group'})`"));
    };
    let namespace = match namespace {
        Some(namespace) => Value::text(namespace),
        None => default("defaultNamespace")?.unwrap_or_else(|| Value::text("default")),
    };
    Value::map([("kind", kind), ("namespace", namespace), ("name", Value::text(name))], input.meter)
}

/// One property of a map, by its name or else by a dotted path; the second argument, or undefined,
/// where there is none.
pub(super) fn pick(input: &Input<'_>) -> Outcome {
    let key = input.argument(0).to_text(input.meter)?;
    let mut picked = member::own(&input.value, &Value::Text(key.clone()), input.meter)?;
    if matches!(picked, Value::Undefined) {
        let mut parts = key.split('.').map(Value::text);
        let own = |value, part| member::own(&value, &part, input.meter);
        picked = parts.try_fold(input.value.clone(), own)?;
    }
    Ok(if matches!(picked, Value::Undefined) { input.argument(1).clone() } else { picked })
}
