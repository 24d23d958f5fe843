//! Values that are known only after apply: what reads one is unknown, and no person can write one.

use serde_json::{Map, Value as Json, json};

use super::super::{
    Condition, Context, EngineError, Environment, Options, Template, checks, contains_unknown,
    decide, display, filters, fits, refuse_reserved_keys, render_string, render_value, unknown,
};

fn variables() -> Map<String, Json> {
    let variables = json!({
        "u": unknown("pipeline", "output.pipelineId"),
        "other": unknown("repo", "output.id"),
        "url": {"\0text": ["https://x/", unknown("pipeline", "output.pipelineId"), "/y"]},
        "list": [1, unknown("pipeline", "output.pipelineId")],
        "map": {"known": "k", "unknown": unknown("pipeline", "output.pipelineId")},
        "text": "abc", "number": 3, "items": [1, 2],
    });
    variables.as_object().cloned().unwrap_or_default()
}

const NAMES: [&str; 5] = ["u", "other", "url", "list", "map"];
const MARKER: &str = "‹known after apply: steps.pipeline.output.pipelineId›";

fn value(source: &str) -> Result<Option<Json>, EngineError> {
    let variables = variables();
    let context = Context::with_unknowns(&variables, &NAMES);
    render_string(source, &context, &Environment::default())
}

fn text(source: &str) -> Result<String, EngineError> {
    let variables = variables();
    let context = Context::with_unknowns(&variables, &NAMES);
    let template = Template::parse(source, &Options::default())?;
    Ok(template.render(&context, &Environment::default())?.to_string())
}

fn assert_unknown(expression: &str) {
    let found = value(&format!("${{{{ {expression} }}}}"));
    assert_eq!(found, Ok(Some(unknown("pipeline", "output.pipelineId"))), "{expression}");
}

#[test]
fn every_operator_filter_method_and_test_keeps_a_value_unknown() {
    for infix in
        ["==", "!=", "===", "!==", "<", ">", "<=", ">=", "+", "~", "-", "*", "/", "%", "//", "**"]
    {
        assert_unknown(&format!("u {infix} number"));
        assert_unknown(&format!("number {infix} u"));
        assert_unknown(&format!("u {infix} other"));
    }
    for expression in [
        "u and false",
        "true and u",
        "u or true",
        "false or u",
        "not u",
        "-u",
        "+u",
        "1 in u",
        "u in items",
        "u not in items",
        "1 if u else 2",
        "u if true else 2",
        "(1, u)",
        "u.split('/')",
        "text.split(u)",
        "text.replace('a', u)",
        "items.includes(u)",
        "u()",
        "range(u)",
        "text[u]",
        "u ~ other",
        "list | join(',')",
        "list ~ ''",
        "list | sum",
        "list | sort",
        "list | dump",
        "map | dump",
        "items.concat(list).join('')",
        "list == 'x'",
        "map.unknown | upper",
        "nope | default(u)",
    ] {
        assert_unknown(expression);
    }
    for name in filters::names() {
        assert_unknown(&format!("u | {name}"));
        assert_unknown(&format!("u | {name}('x', 'y')"));
    }
    for name in checks::names() {
        let argument =
            if checks::find(name).is_some_and(|check| check.arity() > 0) { "(1)" } else { "" };
        assert_unknown(&format!("u is {name}{argument}"));
        assert_unknown(&format!("u is not {name}{argument}"));
    }
}

#[test]
fn what_is_not_read_stays_known() -> Result<(), EngineError> {
    for (expression, expected) in [
        ("false and u", json!(false)),
        ("1 or u", json!(1)),
        ("2 if 1 else u", json!(2)),
        ("text | default(u)", json!("abc")),
        ("list | length", json!(2)),
        ("list[0]", json!(1)),
        ("map.known", json!("k")),
        ("'unknown' in map", json!(true)),
        ("[u, 1] | last", json!(1)),
    ] {
        assert_eq!(value(&format!("${{{{ {expression} }}}}"))?, Some(expected), "{expression}");
    }
    let list = json!([unknown("pipeline", "output.pipelineId"), 1]);
    assert_eq!(value("${{ list | reverse }}")?, Some(list.clone()));
    assert_eq!(value("${{ {a: [u, 1]} }}")?, Some(json!({"a": list})));
    Ok(())
}

#[test]
fn members_of_an_unknown_value_are_named_by_their_path() -> Result<(), EngineError> {
    let member = |path: &str| Some(unknown("pipeline", path));
    assert_eq!(value("${{ u.runs[0]['a b'] }}")?, member("output.pipelineId.runs[0]['a b']"));
    assert_eq!(value("${{ map.unknown.id }}")?, member("output.pipelineId.id"));
    assert_eq!(value("${{ u.x.y | upper }}")?, member("output.pipelineId.x.y"));
    let long = value("{% for i in range(999) %}{% set u = u.member %}{% endfor %}${{ u }}")?;
    assert!(display(&long.unwrap_or_default()).to_string().len() < 400);
    Ok(())
}

#[test]
fn texts_keep_their_known_parts() -> Result<(), EngineError> {
    assert_eq!(
        text("a ${{ u }} b ${{ other }}")?,
        format!("a {MARKER} b ‹known after apply: steps.repo.output.id›")
    );
    let parts = json!({"\0text": ["a ", unknown("pipeline", "output.pipelineId"), " b"]});
    assert_eq!(value("a ${{ u }} b")?, Some(parts));
    assert_eq!(value("${{ url }}")?, Some(variables()["url"].clone()));
    assert_eq!(text("<${{ url }}>")?, format!("<https://x/{MARKER}/y>"));
    assert_eq!(
        text("{% set x %}[${{ url }}]{% endset %}${{ x }}${{ x | upper }}")?,
        format!("[https://x/{MARKER}/y]{MARKER}")
    );
    assert_eq!(text("${{ list }}")?, MARKER);
    let template = Template::parse("x: ${{ u }}", &Options::default())?;
    let variables = variables();
    let context = Context::with_unknowns(&variables, &NAMES);
    assert!(!template.render(&context, &Environment::default())?.is_known());
    Ok(())
}

#[test]
fn a_block_on_an_unknown_value_is_unknown_with_all_that_it_sets() -> Result<(), EngineError> {
    for block in [
        "{% if u %}a{% else %}b{% endif %}",
        "{% if false %}a{% elif u == 2 %}b{% endif %}",
        "{% for x in u %}a{% else %}b{% endfor %}",
        "{% for k, v in u %}a{% endfor %}",
        "{% switch u %}{% case 1 %}a{% endswitch %}",
        "{% switch 1 %}{% case u %}a{% endswitch %}",
        "{% filter upper %}${{ u }}{% endfilter %}",
    ] {
        assert_eq!(text(&format!("<{block}>"))?, format!("<{MARKER}>"), "{block}");
    }
    assert_eq!(
        text(
            "{% set x = 1 %}{% if u %}{% set x = 2 %}{% set y = 3 %}{% endif %}|${{ x }}|${{ y }}"
        )?,
        [MARKER, MARKER, MARKER].join("|")
    );
    assert_eq!(
        text(
            "{% set x = 1 %}{% for i in u %}{% set x = 2 %}{% set y = 3 %}{% endfor %}|${{ x }}|${{ y }}"
        )?,
        [MARKER, MARKER, ""].join("|")
    );
    assert_eq!(
        text("{% for a, b in [list, [u]] %}${{ a }}-${{ b }};{% endfor %}")?,
        format!("1-{MARKER};{MARKER}-;")
    );
    Ok(())
}

#[test]
fn macros_and_states_keep_unknown_values() -> Result<(), EngineError> {
    let cases = [
        ("{% macro f(x) %}<${{ x }}>{% endmacro %}${{ f(u) }}", format!("<{MARKER}>")),
        ("{% macro f(x) %}<${{ x }}>{% endmacro %}${{ f(u) | upper }}", MARKER.to_owned()),
        ("{% macro f(x=u) %}{% if x %}a{% endif %}b{% endmacro %}${{ f() }}", format!("{MARKER}b")),
        (
            "{% macro f() %}[${{ caller(u) }}]{% endmacro %}{% call(x) f() %}${{ x }}!{% endcall %}",
            format!("[{MARKER}!]"),
        ),
        (
            "{% if u %}{% macro f() %}a{% endmacro %}{% endif %}${{ f() }}",
            format!("{MARKER}{MARKER}"),
        ),
        ("{% set c = cycler(u, 1) %}${{ c.next() }}${{ c.next() }}", format!("{MARKER}1")),
        ("{% set j = joiner(u) %}${{ j() }}-", format!("{MARKER}-")),
        (
            "${{ u.replace(r/a/, 'b') }}${{ 'a'.replace(r/a/, u) }}${{ r/a/.test(u) }}",
            MARKER.repeat(3),
        ),
        (
            "{% for i in [1, 2] %}{% if u %}{% set t = i %}{% endif %}${{ t }};{% endfor %}",
            format!("{MARKER}{MARKER};").repeat(2),
        ),
        ("{% block b %}${{ u }}{% endblock %}", MARKER.to_owned()),
    ];
    for (source, expected) in cases {
        assert_eq!(text(source)?, expected, "{source}");
    }
    Ok(())
}

#[test]
fn a_condition_may_be_decided_only_at_apply() -> Result<(), EngineError> {
    let decided = |source| value(source).map(|value| decide(value.as_ref()));
    assert_eq!(decided("${{ u }}")?, Condition::Unknown);
    assert_eq!(decided("${{ u == 'x' }}")?, Condition::Unknown);
    assert_eq!(decided("${{ u }}${{ other }}")?, Condition::Unknown);
    assert_eq!(decided("x${{ u }}")?, Condition::True);
    assert_eq!(decided("${{ list }}")?, Condition::True);
    assert_eq!(decided("${{ false and u }}")?, Condition::False);
    Ok(())
}

#[test]
fn nobody_can_write_an_unknown_value() {
    let forged = json!({"v": unknown("a", "output.b"), "deep": [{"x": {"\0text": []}}]});
    let variables = forged.as_object().cloned().unwrap_or_default();
    let refused = |source: &str, context: &Context<'_>| {
        let found = render_value(&json!({"in": source}), context, &Environment::default());
        let message = found.map_err(|error| error.message);
        let said = message.as_ref().err().is_some_and(|message| message.contains("null character"));
        assert!(said, "{source}: {message:?}");
    };
    refused("${{ v }}", &Context::new(&variables));
    refused("${{ v }}", &Context::with_unknowns(&variables, &["deep"]));
    refused("${{ deep }}", &Context::with_unknowns(&variables, &["deep"]));
    let none = Map::new();
    let context = Context::new(&none);
    refused("${{ {'\0unknown': {step: 'a', path: 'b'} } }}", &context);
    refused("${{ ['\0unknown'] | groupby() }}", &context);
    let input = json!({"in": [{"\0unknown": {"step": "a", "path": "b"}}]});
    let error = render_value(&input, &context, &Environment::default()).expect_err("refused");
    assert_eq!(error.path, "/in/0/\0unknown");
    let error = refuse_reserved_keys(&forged).expect_err("refused");
    assert_eq!((error.key.as_str(), error.path.as_str()), ("\0unknown", "/v"));
    assert_eq!(refuse_reserved_keys(&json!({"a": [{"b": "\0unknown"}]})), Ok(()));
}

#[test]
fn unknown_values_are_shown_and_compared() {
    let planned = json!({"id": unknown("p", "output.id"), "n": 1, "t": {"\0text": ["a-", unknown("p", "x"), "-b-", unknown("p", "y")]}});
    assert!(contains_unknown(&planned) && !contains_unknown(&display(&planned)));
    assert_eq!(
        display(&planned),
        json!({
            "id": "‹known after apply: steps.p.output.id›", "n": 1,
            "t": "a-‹known after apply: steps.p.x›-b-‹known after apply: steps.p.y›",
        })
    );
    for actual in [
        json!({"id": 7, "n": 1, "t": "a-1-b-2"}),
        json!({"id": [{}], "n": 1.0, "t": "a--b-"}),
        json!({"n": 1, "t": "a-b-b-b-"}),
        planned.clone(),
    ] {
        assert!(fits(&planned, &actual), "{actual}");
    }
    for actual in [
        json!({"id": 7, "n": 2, "t": "a-1-b-2"}),
        json!({"id": 7, "n": 1, "t": "a-1-c-2"}),
        json!({"id": 7, "n": 1, "t": "xa-1-b-2"}),
        json!({"id": 7, "n": 1, "t": "a-b-"}),
        json!({"id": 7, "n": 1, "t": 5}),
        json!({"id": 7, "n": 1}),
        json!({"id": 7, "n": 1, "t": "a-1-b-2", "more": 1}),
        json!({"id": 7, "n": unknown("p", "n"), "t": "a-1-b-2"}),
    ] {
        assert!(!fits(&planned, &actual), "{actual}");
    }
    let ends = json!({"\0text": [unknown("p", "x"), "aa"]});
    assert!(fits(&ends, &json!("aa")) && fits(&ends, &json!("xaa")) && !fits(&ends, &json!("aab")));
    let twice = json!({"\0text": ["aa", unknown("p", "x"), "aa"]});
    assert!(!fits(&twice, &json!("aaa")) && fits(&twice, &json!("aaaa")));
    assert!(!fits(&json!([unknown("p", "x")]), &json!([])) && !fits(&json!("a"), &json!("b")));
}
