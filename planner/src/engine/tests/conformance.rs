//! Runs case files against the engine.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::super::{Context, Environment, Options, Template};

/// Cases that do not pass yet, by reason. A case that starts to pass must leave this list.
const NOT_YET: &[(&str, &[&str])] = &[
    (
        "`macro`, `call` and `block` are not supported yet",
        &[
            "compiler-macro-member-identity",
            "compiler-macro-basic",
            "compiler-macro-optional-positional",
            "compiler-post-default-formal-order",
            "compiler-post-keyword-positional-call",
            "compiler-duplicate-formal-binding",
            "compiler-macro-keyword-only-arguments",
            "compiler-macro-default-only-arguments",
            "compiler-macro-overridden-defaults",
            "compiler-macro-defined-across-blocks",
            "compiler-macro-argument-filter",
            "compiler-macro-recursive-scope",
            "compiler-macro-no-caller-scope",
            "compiler-call-block-arguments",
            "compiler-caller-post-default-formal-order",
            "compiler-standalone-block-scope-isolation",
            "compiler-named-endblock",
            "runtime-safe-string-own-fields",
            "compiler-macro-lexical-frames",
            "compiler-static-lexical-slots",
            "compiler-caller-default-inherited-slots",
            "compiler-nested-loop-slot-lifetime",
            "compiler-safe-string-loop-branch",
        ],
    ),
    (
        "regular expressions are not supported yet",
        &[
            "compiler-call-block-regex-signature",
            "compiler-regex-literal",
            "compiler-regex-flags",
            "filters-safe-identity-short-circuits",
            "filters-dump-strict-indentation-option",
            "filters-regex-dump-shapes",
        ],
    ),
    (
        "`cycler` and `joiner` are not supported yet",
        &[
            "globals-empty-cycler-state",
            "globals-joiner-preserves-separator-types",
            "globals-empty-safe-string-truthiness",
        ],
    ),
    (
        "slices are of the cookiecutter mode, which is not supported yet",
        &[
            "runtime-jinja-slice-boundaries",
            "runtime-jinja-slice-closed-targets",
            "runtime-jinja-infinite-slice-boundary",
        ],
    ),
    ("filter `urlize` is not supported yet", &["filters-numeric-urlize-round-dump"]),
    (
        "filter `random` would make two plans of one request differ",
        &["filters-array-like-record-sequences"],
    ),
    (
        "variables of Nunjucks' compiled code outlive their loop; ours do not",
        &["compiler-multi-target-branch-scopes"],
    ),
];

fn render(case: &Json) -> Result<String, String> {
    let options = Options { variable_start: "{{", ..Options::default() };
    let template = case["template"].as_str().ok_or("the case has no template")?;
    let empty = Map::new();
    let context = case["context"].as_object().unwrap_or(&empty);
    Template::parse(template, &options)
        .and_then(|template| template.render(&Context::new(context), &Environment::default()))
        .map(|text| text.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn nunjucks_corpus() -> anyhow::Result<()> {
    let corpus =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/nunjucks-cases.json");
    let Ok(text) = std::fs::read_to_string(&corpus) else {
        eprintln!("skipped: the Nunjucks corpus is not at {}", corpus.display());
        return Ok(());
    };
    let corpus: Json = serde_json::from_str(&text)?;
    let mut surprises = Vec::new();
    for case in corpus["cases"].as_array().into_iter().flatten() {
        let id = case["id"].as_str().unwrap_or_default();
        let listed = NOT_YET.iter().any(|(_, ids)| ids.contains(&id));
        let expected = case["expected"].as_str().unwrap_or_default();
        let passes = match render(case) {
            Ok(text) if text == expected => Ok(()),
            Ok(text) => Err(format!("expected {expected:?}\n     found {text:?}")),
            Err(error) => Err(error),
        };
        match (passes, listed) {
            (Ok(()), true) => surprises.push(format!("{id}: passes now, take it off the list")),
            (Err(problem), false) => surprises.push(format!("{id}: {problem}")),
            _ => {}
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    Ok(())
}
