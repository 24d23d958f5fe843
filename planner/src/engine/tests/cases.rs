//! Runs `cases.json`: what Backstage's own engine renders, and the errors of this one.

use serde_json::{Map, Value as Json};

use super::super::{Context, Environment, Options, Template, render_string};

const CASES: &str = include_str!("../cases.json");

fn context(cases: &Json) -> Map<String, Json> {
    cases["context"].as_object().cloned().unwrap_or_default()
}

/// Says how the text and the value of a rendering differ from what a case expects.
fn difference(case: &Json, context: &Map<String, Json>) -> Option<String> {
    let source = case["template"].as_str().unwrap_or_default();
    let environment = Environment::default();
    let text = Template::parse(source, &Options::default())
        .and_then(|template| template.render(&Context::new(context), &environment))
        .map(|text| text.to_string());
    let value = render_string(source, &Context::new(context), &environment);
    let value_or_text = case.get("value").unwrap_or(&case["text"]);
    let expected = (case["undefined"] != true).then(|| value_or_text.clone());
    match (text, value) {
        (Ok(text), Ok(value)) if case["text"] == text && value == expected => None,
        found => Some(format!("{source}\n  expected {case}\n  found    {found:?}")),
    }
}

#[test]
fn templates_render_as_in_backstage() -> anyhow::Result<()> {
    let cases: Json = serde_json::from_str(CASES)?;
    let context = context(&cases);
    let groups = cases["groups"].as_object().into_iter().flatten();
    let all: Vec<&Json> =
        groups.flat_map(|(_, group)| group.as_array().into_iter().flatten()).collect();
    assert!(all.len() >= 300, "only {} cases", all.len());
    let wrong: Vec<String> = all.iter().filter_map(|case| difference(case, &context)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn mistakes_are_reported_with_place_and_hint() -> anyhow::Result<()> {
    let cases: Json = serde_json::from_str(CASES)?;
    let context = context(&cases);
    let mut wrong = Vec::new();
    for case in cases["errors"].as_array().into_iter().flatten() {
        let source = case["template"].as_str().unwrap_or_default();
        let Err(error) = render_string(source, &Context::new(&context), &Environment::default())
        else {
            wrong.push(format!("{source}: rendered"));
            continue;
        };
        let at = format!("{}:{}", error.line, error.column);
        let as_expected = case["at"] == at
            && case["message"] == error.message
            && case.get("hint").and_then(Json::as_str) == error.hint.as_deref();
        if !as_expected {
            wrong.push(format!("{source}\n  expected {case}\n  found    {at} {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
