//! Checks the envelope of entities: the rules for all kinds, from Backstage's envelope schema and field
//! formats.

use serde_json::{Map, Value};

use super::{
    issue::{Issue, escape},
    kinds::{KINDS, is_backstage, kind_spec},
    names,
};
use crate::base::text::did_you_mean;

const ROOT_FIELDS: &[&str] = &["apiVersion", "kind", "metadata", "spec"];

/// Versions of templates that Backstage has given up.
const OLD_TEMPLATES: &[&str] =
    &["backstage.io/v1alpha1", "backstage.io/v1beta1", "backstage.io/v1beta2"];

/// Checks the envelope of an entity, and returns all issues.
pub fn check_envelope(entity: &Value) -> Vec<Issue> {
    let Some(root) = entity.as_object() else {
        return vec![Issue::error(
            "not-an-entity",
            "",
            format!("an entity must be a map, found {}", shape(entity)),
        )];
    };
    let mut issues = Vec::new();
    check_root(root, &mut issues);
    match root.get("metadata") {
        Some(Value::Object(metadata)) => check_metadata(metadata, &mut issues),
        Some(other) => issues.push(wrong_shape("/metadata", "a map", other)),
        None => issues.push(missing("", "metadata")),
    }
    if let Some(spec) = root.get("spec").filter(|spec| !spec.is_object()) {
        issues.push(wrong_shape("/spec", "a map", spec));
    }
    issues
}

fn check_root(root: &Map<String, Value>, issues: &mut Vec<Issue>) {
    for key in root.keys().filter(|key| !ROOT_FIELDS.contains(&key.as_str())) {
        issues.push(
            Issue::error("unknown-field", pointer("", key), format!("unknown field `{key}`"))
                .at_key()
                .hint_opt(did_you_mean(key, ROOT_FIELDS.iter().copied()))
                .or_hint("an entity has `apiVersion`, `kind`, `metadata` and `spec`"),
        );
    }
    check_text(root, "", "apiVersion", "[prefix/]version", names::is_api_version, true, issues);
    check_text(root, "", "kind", "a word of letters and digits", names::is_kind, true, issues);
    let (Some(kind), Some(api_version)) =
        (root.get("kind").and_then(Value::as_str), root.get("apiVersion").and_then(Value::as_str))
    else {
        return;
    };
    match kind_spec(kind) {
        Some(spec) if spec.name != kind => issues.push(
            Issue::error("unknown-kind", "/kind", format!("unknown kind `{kind}`"))
                .hint(format!("it is written `{}`", spec.name)),
        ),
        Some(spec) if spec.name == "Template" && OLD_TEMPLATES.contains(&api_version) => {
            let message =
                format!("`{api_version}` is an older form of templates, which is not read");
            issues.push(
                Issue::error("unknown-api-version", "/apiVersion", message).hint(
                    "rewrite it for `scaffolder.backstage.io/v1beta3`, with `${{ … }}` and \
                     `parameters.…` in expressions; Backstage's documentation has a guide for the migration",
                ),
            );
        }
        Some(spec) if !spec.api_versions.contains(&api_version) => issues.push(
            Issue::error(
                "unknown-api-version",
                "/apiVersion",
                format!("kind `{kind}` has no version `{api_version}`"),
            )
            .hint(format!("use `{}`", spec.api_versions[0])),
        ),
        Some(_) => {}
        None => issues.push(unknown_kind(kind, api_version)),
    }
}

/// Reports an unknown kind. A company's own kind is a warning; in Backstage's API group, a kind that is
/// similar to a known one is probably misspelt and an error.
fn unknown_kind(kind: &str, api_version: &str) -> Issue {
    let message = format!("unknown kind `{kind}`");
    let names = KINDS.iter().map(|known| known.name).filter(|_| is_backstage(api_version));
    match did_you_mean(kind, names) {
        Some(hint) => Issue::error("unknown-kind", "/kind", message).hint(hint),
        None => Issue::warning("unknown-kind", "/kind", message)
            .hint("its entities are shown as they are, with `owner`, `system`, `dependsOn` and `dependencyOf`"),
    }
}

fn check_metadata(metadata: &Map<String, Value>, issues: &mut Vec<Issue>) {
    let base = "/metadata";
    check_text(metadata, base, "name", NAME_RULE, names::is_object_name, true, issues);
    let namespace = "lower-case letters, digits and, between them, `-`, at most 63";
    check_text(metadata, base, "namespace", namespace, names::is_namespace, false, issues);
    check_text(
        metadata,
        base,
        "title",
        "a text that is not empty",
        |t| !t.is_empty(),
        false,
        issues,
    );
    check_text(metadata, base, "description", "a text", |_| true, false, issues);
    check_text(metadata, base, "uid", "a text that is not empty", |t| !t.is_empty(), false, issues);
    check_text(
        metadata,
        base,
        "etag",
        "a text that is not empty",
        |t| !t.is_empty(),
        false,
        issues,
    );
    check_map(metadata, "labels", "a label value", names::is_label_value, issues);
    check_map(metadata, "annotations", "a text", |_| true, issues);
    check_tags(metadata, issues);
    check_links(metadata, issues);
}

const NAME_RULE: &str = "letters, digits and, between them, `-`, `_` or `.`, at most 63";

/// Checks a text field of `parent`, whose JSON pointer is `base`.
fn check_text(
    parent: &Map<String, Value>,
    base: &str,
    key: &str,
    expected: &str,
    is_valid: fn(&str) -> bool,
    required: bool,
    issues: &mut Vec<Issue>,
) {
    match parent.get(key) {
        None if required => issues.push(missing(base, key)),
        None => {}
        Some(Value::String(text)) if is_valid(text) => {}
        Some(Value::String(text)) => issues.push(
            Issue::error(
                "invalid-value",
                pointer(base, key),
                format!("`{text}` is not a valid {key}"),
            )
            .hint(format!("expected {expected}")),
        ),
        Some(other) => issues.push(wrong_shape(&pointer(base, key), "a text", other)),
    }
}

fn check_map(
    metadata: &Map<String, Value>,
    field: &str,
    expected: &str,
    is_valid: fn(&str) -> bool,
    issues: &mut Vec<Issue>,
) {
    let base = pointer("/metadata", field);
    let map = match metadata.get(field) {
        None => return,
        Some(Value::Object(map)) => map,
        Some(other) => return issues.push(wrong_shape(&base, "a map", other)),
    };
    for (key, value) in map {
        let at = pointer(&base, key);
        if !names::is_qualified_key(key) {
            issues.push(
                Issue::error(
                    "invalid-key",
                    &at,
                    format!("`{key}` is not a valid key in `{field}`"),
                )
                .at_key()
                .hint(format!("expected `[dns.prefix/]name`, the name of {NAME_RULE}")),
            );
        }
        match value {
            Value::String(text) if is_valid(text) => {}
            Value::String(text) => issues.push(
                Issue::error("invalid-value", at, format!("`{text}` is not {expected}"))
                    .hint(format!("expected nothing, or {NAME_RULE}")),
            ),
            other => issues.push(wrong_shape(&at, "a text", other).hint("put it in quotes")),
        }
    }
}

fn check_tags(metadata: &Map<String, Value>, issues: &mut Vec<Issue>) {
    let tags = match metadata.get("tags") {
        None => return,
        Some(Value::Array(tags)) => tags,
        Some(other) => return issues.push(wrong_shape("/metadata/tags", "a list", other)),
    };
    for (index, tag) in tags.iter().enumerate() {
        let at = format!("/metadata/tags/{index}");
        match tag {
            Value::String(text) if names::is_tag(text) => {}
            Value::String(text) => issues.push(
                Issue::error("invalid-tag", at, format!("`{text}` is not a valid tag"))
                    .hint("expected lower-case letters, digits, `:`, `+`, `#` and single hyphens"),
            ),
            other => issues.push(wrong_shape(&at, "a text", other)),
        }
    }
}

fn check_links(metadata: &Map<String, Value>, issues: &mut Vec<Issue>) {
    let links = match metadata.get("links") {
        None => return,
        Some(Value::Array(links)) => links,
        Some(other) => return issues.push(wrong_shape("/metadata/links", "a list", other)),
    };
    for (index, link) in links.iter().enumerate() {
        let base = format!("/metadata/links/{index}");
        let Some(link) = link.as_object() else {
            issues.push(wrong_shape(&base, "a map", link));
            continue;
        };
        let url = "an absolute URL, such as `https://…`";
        check_text(link, &base, "url", url, |t| url::Url::parse(t).is_ok(), true, issues);
        let not_blank = "a text that is not blank";
        check_text(link, &base, "title", not_blank, |t| !t.trim().is_empty(), false, issues);
        check_text(link, &base, "icon", not_blank, |t| !t.trim().is_empty(), false, issues);
        check_text(
            link,
            &base,
            "type",
            "a text that is not empty",
            |t| !t.is_empty(),
            false,
            issues,
        );
    }
}

/// JSON pointer of a key below a pointer.
pub(super) fn pointer(base: &str, key: &str) -> String {
    format!("{base}/{}", escape(key))
}

/// Reports a required field that is missing, at its parent.
pub(super) fn missing(base: &str, key: &str) -> Issue {
    let path = pointer(base, key).trim_start_matches('/').replace('/', ".");
    Issue::error("missing-field", base, format!("`{path}` is missing")).at_key()
}

/// Reports a value of the wrong shape.
pub(super) fn wrong_shape(at: &str, expected: &str, found: &Value) -> Issue {
    Issue::error("wrong-shape", at, format!("expected {expected}, found {}", shape(found)))
}

fn shape(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a map".into(),
    }
}
