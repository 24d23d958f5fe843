//! Cookiecutter's mode, choices by `random`, and what macros and regular expressions cost.

use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};

use super::super::{Budget, Context, EngineError, Environment, Options, Template};

fn render(source: &str, options: &Options, seed: &str) -> Result<String, EngineError> {
    let values = json!({
        "cookiecutter": {"name": "shop", "tags": ["a", "b", "c"], "items": 1, "map": {"k": "v", "l": 2}},
        "numbers": (0..1_000).collect::<Vec<_>>(),
    });
    let values: Map<String, Json> = values.as_object().cloned().unwrap_or_default();
    let environment = Environment::default().with_seed(seed);
    let template = Template::parse(source, options)?;
    template.render(&Context::new(&values), &environment).map(|text| text.to_string())
}

#[test]
fn cookiecutter_has_slices_and_methods_of_python() {
    let cases = [
        ("${{ cookiecutter.name }}", "$shop"),
        (
            "{{ cookiecutter.tags[1:] }}|{{ cookiecutter.tags[:1] }}|{{ cookiecutter.tags[-2:] }}",
            "b,c|a|b,c",
        ),
        (
            "{{ cookiecutter.tags[::2] }}|{{ cookiecutter.tags[::-1] }}|{{ cookiecutter.tags[2] }}",
            "a,c|c,b,a|c",
        ),
        ("{{ cookiecutter.name[0:2] }}", "sh"),
        ("{{ True }}{{ False }}[{{ None }}]", "truefalse[]"),
        ("{% for k, v in cookiecutter.map.items() %}{{ k }}={{ v }};{% endfor %}", "k=v;l=2;"),
        ("{% for pair in cookiecutter.map.items() %}{{ pair[0] }}{% endfor %}", "kl"),
        ("{{ cookiecutter.map.keys() }}|{{ cookiecutter.map.values() }}", "k,l|v,2"),
        ("{{ cookiecutter.map.get('k') }}{{ cookiecutter.map.get('x', 'd') }}", "vd"),
        ("{{ cookiecutter.map.has_key('k') }}{{ cookiecutter.map.has_key('x') }}", "truefalse"),
        (
            "{{ cookiecutter.tags.index('b') }}{{ cookiecutter.tags.count('b') }}{{ cookiecutter.tags.find('x') }}",
            "11-1",
        ),
        ("{{ cookiecutter.map | jsonify }}", r#"{"k":"v","l":2}"#),
    ];
    for (source, expected) in cases {
        let rendered = render(source, &Options::cookiecutter(), "");
        assert_eq!(rendered.as_deref(), Ok(expected), "{source}");
    }
    for (source, message) in [
        ("{{ cookiecutter.tags[::0] }}", "the step of a slice is not 0"),
        ("{{ cookiecutter.tags.append('x') }}", "method `append` of a list is not supported"),
        (
            "{{ cookiecutter.tags.index('x') }}",
            "the list does not have the item that `index` looks for",
        ),
    ] {
        let error = render(source, &Options::cookiecutter(), "").expect_err(source);
        assert_eq!(error.message, message);
    }
    for source in
        ["${{ numbers.count(1) }}", "${{ 1 | jsonify }}", "${{ [1][0:1] }}", "${{ True.x() }}"]
    {
        assert!(render(source, &Options::default(), "").is_err(), "{source}");
    }
}

#[test]
fn random_chooses_the_same_in_every_plan_of_a_request() -> Result<(), EngineError> {
    let source = "${{ numbers | random }} ${{ numbers | random }} {% for i in [1, 2] %}${{ numbers | random }} {% endfor %}";
    let choose = |seed| render(source, &Options::default(), seed);
    let first = choose("request-1")?;
    assert_eq!(first, choose("request-1")?);
    assert_ne!(first, choose("request-2")?);
    let mut numbers: Vec<&str> = first.split_whitespace().collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 4, "{first}");
    Ok(())
}

#[test]
fn work_of_macros_and_regular_expressions_ends_by_the_budget() {
    let bombs = [
        "{% macro f(n) %}{% if n > 0 %}${{ f(n - 1) }}${{ f(n - 1) }}{% endif %}{% endmacro %}${{ f(25) }}",
        "{% macro f() %}{% macro g() %}x{% endmacro %}${{ g() }}{% endmacro %}{% for i in range(9999999) %}${{ f() }}{% endfor %}",
        "{% macro f() %}${{ caller() }}{% endmacro %}{% for i in range(9999999) %}{% call f() %}x{% endcall %}{% endfor %}",
        "{% for i in range(9999999) %}{% block b %}{% set x = i %}{% endblock %}{% endfor %}",
        "{% for i in range(9999999) %}{% set c = cycler(i, c) %}{% endfor %}",
        "{% for i in range(9999999) %}{% set j = joiner(j) %}{% endfor %}",
        "{% set t = 'a' | center(9000) %}{% for i in range(9999999) %}${{ r/(\\s+)+b/.test(t) }}{% endfor %}",
        "{% set t = 'ab' | center(9000) | replace(' ', 'ab') %}${{ t.replace(r/(?=(a|ab)*c)/g, 'x') }}",
        "{% set t = 'ab' | center(9000) | replace(' ', 'ab') %}{% for i in range(9999999) %}${{ t.split(r/(a)|b/).length }}{% endfor %}",
        "{% for i in range(9999999) %}${{ 'x'.match('a' | center(9000)) }}{% endfor %}",
    ];
    for bomb in bombs {
        let started = Instant::now();
        let environment = Environment::default().with_budget(&Budget::small(300_000));
        let rendered = Template::parse(bomb, &Options::default())
            .and_then(|template| template.render(&Context::new(&Map::new()), &environment));
        let message = rendered.expect_err(bomb).message;
        let is_limit = ["more than", "deeper", "too many ways"].iter().any(|m| message.contains(m));
        assert!(is_limit, "{bomb}: {message}");
        assert!(started.elapsed() < Duration::from_secs(20), "{bomb}: {:?}", started.elapsed());
    }
}
