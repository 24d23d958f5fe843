//! Runs case files against the engine.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::super::{Context, Environment, Options, Template};

/// Cases that do not pass, each with its reason. A case that starts to pass must leave this list.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "runtime-jinja-slice-closed-targets",
    "half of a character of two UTF-16 units is a replacement character, because texts are UTF-8",
)];

fn render(case: &Json) -> Result<String, String> {
    let is_compat = case["id"].as_str().is_some_and(|id| id.starts_with("runtime-jinja-"));
    let options = match is_compat {
        true => Options::cookiecutter(),
        false => Options { variable_start: "{{", ..Options::default() },
    };
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
        let listed = EXCEPTIONS.iter().any(|(exception, _)| *exception == id);
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
