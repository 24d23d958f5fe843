//! Lenient rendering shows mistakes as they are written, as Backstage does with the values of a template.

use serde_json::{Map, Value as Json, json};

use super::super::{
    Budget, Context, EngineError, Environment, ErrorKind, Options, Template, render_value,
};

fn lenient(input: &Json) -> Result<Option<Json>, EngineError> {
    let options = Options { lenient: true, ..Options::default() };
    let variables = json!({"a": "", "b": "x"});
    let variables = variables.as_object().cloned().unwrap_or_default();
    options.render_value(input, &Context::new(&variables), &Environment::default())
}

#[test]
fn what_backstage_leaves_as_it_is_stays_as_it_is() -> Result<(), EngineError> {
    for source in [
        "${{ a || b }}",
        "${{ a && b }}",
        "${{ !a }}",
        "${{ a ? b : 'c' }}",
        "${{ b | map('x') }}",
        "${{ b | nope }} and ${{ b }}",
        "${{ now() }}",
        "${{ nope.split('/') }}",
        "${{ b | parseRepoUrl['owner'] }}",
        "{% include 'x' %}",
        "{% if a %}",
        "${{ b",
        "{# open",
        "#}",
        "${{ b in nope }}",
        "text {% for x in b %}${{ x | nope }}{% endfor %}",
    ] {
        assert_eq!(lenient(&json!(source))?, Some(json!(source)));
        let empty = Map::new();
        let strict = render_value(&json!(source), &Context::new(&empty), &Environment::default());
        let error = strict.expect_err(source);
        assert!(error.line > 0 && error.column > 0, "{source}");
    }
    Ok(())
}

#[test]
fn only_the_text_with_the_mistake_is_left() -> Result<(), EngineError> {
    let input = json!({"good": "${{ b }}", "bad": "${{ a || b }}", "unknown": "${{ nope }}", "brace": "${{ b }} }}"});
    let rendered = json!({"good": "x", "bad": "${{ a || b }}", "brace": "x }}"});
    assert_eq!(lenient(&input)?, Some(rendered));
    let options = Options { lenient: true, ..Options::default() };
    let template = Template::parse("${{ a || b }}", &options)?;
    let mistake = template.mistake().map(|error| (error.message.as_str(), error.hint.as_deref()));
    assert_eq!(mistake, Some(("`||` is not an operator", Some("use `or`"))));
    assert!(template.references().is_empty());
    Ok(())
}

#[test]
fn what_is_beyond_a_limit_stays_an_error() {
    let bombs = [
        "${{ 'x' | center(999999999) }}".to_owned(),
        format!("${{{{ {}1{} }}}}", "(".repeat(500), ")".repeat(500)),
        "{% macro f() %}${{ f() }}{% endmacro %}${{ f() }}".to_owned(),
        "{% for i in range(100000000) %}x{% endfor %}".to_owned(),
        format!("${{{{ r/(a+)+$/.test('{}!') }}}}", "a".repeat(5_000)),
    ];
    let options = Options { lenient: true, ..Options::default() };
    let empty = Map::new();
    for bomb in bombs {
        let environment = Environment::default().with_budget(&Budget::small(1_000_000));
        let rendered = options.render_value(&json!(bomb), &Context::new(&empty), &environment);
        let error = rendered.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Limit, "{error}");
    }
}
