//! Whole inputs, step conditions, the environment and the ways to read a text.

use serde_json::{Map, Value as Json, json};

use super::super::{
    Condition, Context, Environment, Options, Template, decide, render_string, render_value,
};
use crate::base::forges::Forge;

fn map(json: Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

#[test]
fn inputs_are_rendered_deeply_and_typed() -> anyhow::Result<()> {
    let context = map(json!({"x": 1, "tags": ["a", "b"]}));
    let input = json!({
        "typed": "${{ x }}", "text": "n ${{ x }}", "list": ["${{ nope }}", null, "${{ tags }}"],
        "${{ x }}": "key", "gone": "${{ nope }}", "empty": "", "both": "${{ nope }}${{ nope }}",
        "statement": "{% if x %}3{% endif %}", "nan": "${{ 0 / 0 }}", "inner": {"gone": "${{ nope }}"},
        "number": 5,
    });
    let rendered = render_value(&input, &Context::new(&context), &Environment::default())?;
    let expected = json!({
        "typed": 1, "text": "n 1", "list": [null, null, ["a", "b"]], "${{ x }}": "key", "empty": "",
        "both": "", "statement": "3", "nan": null, "inner": {}, "number": 5,
    });
    assert_eq!(rendered, Some(expected));
    Ok(())
}

#[test]
fn errors_in_inputs_name_the_string() {
    let input = json!({"values": {"a/b": ["ok", "line\n${{ x | nope }}"]}});
    let error = render_value(&input, &Context::new(&Map::new()), &Environment::default())
        .expect_err("must fail");
    assert_eq!(error.to_string(), "/values/a~1b/1: 2:9: unknown filter `nope`");
}

#[test]
fn step_conditions_treat_an_empty_list_as_false() {
    for falsy in [json!(null), json!(false), json!(0), json!(""), json!([])] {
        assert_eq!(decide(Some(&falsy)), Condition::False, "{falsy}");
    }
    assert_eq!(decide(None), Condition::False);
    for truthy in
        [json!(true), json!(-1), json!("false"), json!("0"), json!(" "), json!({}), json!([0])]
    {
        assert_eq!(decide(Some(&truthy)), Condition::True, "{truthy}");
    }
}

#[test]
fn conditions_can_ask_how_the_steps_went() -> anyhow::Result<()> {
    for failed in [true, false] {
        let environment = Environment::default().with_steps(failed);
        assert!(!environment.asked_about_steps());
        let value = render_string("${{ failure() }}", &Context::new(&Map::new()), &environment)?;
        assert_eq!(value, Some(json!(failed)));
        assert!(environment.asked_about_steps());
    }
    let environment = Environment::default().with_steps(true);
    assert_eq!(
        render_string("${{ true or always() }}", &Context::new(&Map::new()), &environment)?,
        Some(json!(true))
    );
    assert!(!environment.asked_about_steps(), "what is not evaluated is not called");
    Ok(())
}

#[test]
fn hosts_can_be_added() -> anyhow::Result<()> {
    let environment = Environment::default().with_host("git.example.com:8443", Forge::Gitea);
    let source = "${{ 'git.example.com:8443?owner=/a/&repo=b' | parseRepoUrl }}";
    let expected = json!({"host": "git.example.com:8443", "owner": "a", "repo": "b"});
    assert_eq!(render_string(source, &Context::new(&Map::new()), &environment)?, Some(expected));
    Ok(())
}

#[test]
fn block_options_trim_lines() -> anyhow::Result<()> {
    let source = "a\n  {% if true %}\nb\n  {% endif %}  \nx {% if true %}\r\nc{% endif %}";
    let render = |trim_blocks, lstrip_blocks| {
        let options = Options { trim_blocks, lstrip_blocks, ..Options::default() };
        Template::parse(source, &options)?
            .render(&Context::new(&Map::new()), &Environment::default())
            .map(|text| text.to_string())
    };
    assert_eq!(render(false, false)?, "a\n  \nb\n    \nx \r\nc");
    assert_eq!(render(true, false)?, "a\n  b\n    \nx c");
    assert_eq!(render(false, true)?, "a\n\nb\n  \nx \r\nc");
    assert_eq!(render(true, true)?, "a\nb\n  \nx c");
    Ok(())
}

#[test]
fn references_are_listed_with_their_place() -> anyhow::Result<()> {
    let source = "${{ parameters.name }}\n{% for t in parameters['tags'] %}${{ t.x ~ loop.index }}\
                  {% endfor %}${{ steps['a-b'].output.url.split('/')[0] if user }}";
    let template = Template::parse(source, &Options::default())?;
    let found: Vec<String> = (template.references().iter())
        .map(|reference| {
            format!("{}:{} {}", reference.line, reference.column, reference.path.join("."))
        })
        .collect();
    assert_eq!(
        found,
        ["1:5 parameters.name", "2:13 parameters.tags", "2:73 steps.a-b.output.url", "2:114 user"]
    );
    Ok(())
}
