//! The budget of a plan bounds what its templates do, whatever they call on values of any size.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::super::limits::Budget;
use super::super::{Context, Environment, Options, Template, filters};

/// Units that the programs of these tests may spend.
const UNITS: u64 = 100_000;
/// Real time that so many units never take, even in a debug build on a busy machine. What does not
/// pay for its work takes minutes.
const LONGEST: Duration = Duration::from_secs(20);

/// Large values of every shape that is dear to some function.
fn variables() -> Map<String, Json> {
    let keys = (0..500).map(|n| (format!("key{n}"), json!([n, "v"])));
    let mut map: Map<String, Json> = keys.collect();
    map.insert("length".to_owned(), format!("{}900000", " ".repeat(40_000)).into());
    let variables = json!({
        "ascii": "x".repeat(60_000),
        "units": "é😀".repeat(10_000),
        "tags": "<a".repeat(30_000),
        "comments": "<!--".repeat(15_000),
        "path": "a.".repeat(30_000),
        "dollars": "$`$&$'".repeat(10_000),
        "digits": "9".repeat(60_000),
        "lines": "a \n".repeat(20_000),
        "spaces": " ".repeat(60_000),
        "quotes": "\"\u{1}".repeat(30_000),
        "numbers": (0..2_000).collect::<Vec<_>>(),
        "lists": vec![json!(["x".repeat(30_000), 1]); 20],
        "nested": (0..90).fold(json!("x".repeat(20_000)), |inner, _| json!([inner])),
        "map": map,
        "small": "a",
        "none": null,
        "number": 3,
    });
    variables.as_object().cloned().unwrap_or_default()
}

/// Renders with a small budget; returns the output, or the message, and what was spent.
fn spend(source: &str) -> (Result<String, String>, u64) {
    let variables = variables();
    let budget = Budget::small(UNITS);
    let environment = Environment::default().with_budget(&budget);
    let rendered = Template::parse(source, &Options::default())
        .and_then(|template| template.render(&Context::new(&variables), &environment))
        .map(|text| text.to_string());
    (rendered.map_err(|error| error.message), budget.spent())
}

fn value() -> impl Strategy<Value = String> {
    let names: Vec<String> = variables().keys().cloned().collect();
    prop_oneof![
        8 => prop::sample::select(names),
        1 => prop::sample::select(vec!["''", "'x'", "'even'", "1", "0", "range(9)", "{length: map.length}", "r/(a|x)*?y|\\s+$/gi", "r/[^b]*(.)\\1/", "cycler(numbers)"])
            .prop_map(str::to_owned),
    ]
}

/// An expression that calls one thing of the language.
fn call() -> impl Strategy<Value = String> {
    const METHODS: [&str; 31] = [
        "match",
        "search",
        "padStart",
        "padEnd",
        "repeat",
        "test",
        "toPrecision",
        "toExponential",
        "charAt",
        "charCodeAt",
        "concat",
        "endsWith",
        "includes",
        "indexOf",
        "lastIndexOf",
        "replace",
        "replaceAll",
        "slice",
        "split",
        "startsWith",
        "substring",
        "toLowerCase",
        "toUpperCase",
        "trim",
        "trimEnd",
        "at",
        "flat",
        "join",
        "toFixed",
        "toString",
        "trimStart",
    ];
    const TESTS: [&str; 8] =
        ["even", "odd", "lower", "upper", "iterable", "mapping", "escaped", "number"];
    const COMPARING: [&str; 5] = ["divisibleby", "eq", "ge", "lt", "sameas"];
    const INFIX: [&str; 16] =
        ["==", "!=", "===", "<", ">=", "+", "~", "-", "*", "/", "%", "//", "**", "in", "and", "or"];
    let filters: Vec<&'static str> = filters::names().collect();
    let select = |names: &[&'static str]| prop::sample::select(names.to_vec());
    prop_oneof![
        6 => (value(), prop::sample::select(filters), value(), value())
            .prop_map(|(input, filter, a, b)| format!("({input} | {filter}({a}, {b}))")),
        4 => (value(), select(&METHODS), value(), value())
            .prop_map(|(input, method, a, b)| format!("{input}.{method}({a}, {b})")),
        2 => (value(), select(&METHODS), value())
            .prop_map(|(input, method, a)| format!("{input}.{method}({a})")),
        1 => (value(), select(&TESTS)).prop_map(|(input, test)| format!("({input} is {test})")),
        1 => (value(), select(&COMPARING), value())
            .prop_map(|(input, test, a)| format!("({input} is {test}({a}))")),
        2 => (value(), select(&INFIX), value()).prop_map(|(a, infix, b)| format!("({a} {infix} {b})")),
        1 => (value(), value()).prop_map(|(a, b)| format!("{a}[{b}]")),
        1 => value().prop_map(|a| format!("{a}.length")),
        1 => value().prop_map(|a| format!("(-{a})")),
    ]
}

/// A template that does something again and again, until its budget is spent.
fn program() -> impl Strategy<Value = String> {
    let again = |body: String| format!("{{% for i in range(100000) %}}{body}{{% endfor %}}");
    prop_oneof![
        call().prop_map(move |call| again(format!("{{% if {call} %}}x{{% endif %}}"))),
        call().prop_map(move |call| again(format!("${{{{ {call} }}}}"))),
        (value(), call()).prop_map(move |(v, call)| again(format!("{{% set {v} = {call} %}}"))),
        (value(), value()).prop_map(move |(a, b)| {
            again(format!(
                "{{% for k in {a} %}}{{% for l, m in {b} %}}{{% endfor %}}{{% endfor %}}"
            ))
        }),
        (call(), call()).prop_map(move |(a, b)| {
            again(format!("{{% switch {a} %}}{{% case {b} %}}x{{% endswitch %}}"))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_template_repeats_ends_by_its_budget(source in program()) {
        let started = Instant::now();
        let (rendered, spent) = spend(&source);
        prop_assert!(started.elapsed() < LONGEST, "{source}: {:?}", started.elapsed());
        // Only what fails by itself, such as a method that a value has not, ends before.
        match rendered {
            Ok(output) => prop_assert!(false, "{source}: rendered {} bytes", output.len()),
            Err(message) if message.contains("more than") => prop_assert!(spent > UNITS),
            Err(_) => {}
        }
    }
}

#[test]
fn one_call_cannot_do_more_than_its_template_may() {
    let calls = [
        "{% set p = '' | center(10000) | replace(' ', '$`') %}${{ (ascii ~ 'y').replace('y', p) }}",
        "${{ ascii.replaceAll('x', dollars) }}",
        "${{ (tags | striptags).length }}${{ (comments | striptags).length }}",
        "${{ range(2000) | select('divisibleby', lists) }}",
        "${{ numbers | sum(lists) }}",
        "${{ numbers | sort(attribute=path) }}",
        "${{ numbers | groupby(path) }}",
        "${{ (map | reverse).length }}",
        "{% for a, b in ascii %}{% for c, d in ascii %}x{% endfor %}{% endfor %}",
        "{% for a in map %}x{% endfor %}",
        "${{ lists | dump('          ') }}${{ quotes | dump }}${{ quotes | dump }}",
        "${{ nested | dump(10) }}${{ nested == ascii }}${{ nested ~ nested }}",
        "${{ spaces | title }}${{ spaces | indent(1000) }}${{ lines | indent(1000) }}",
    ];
    for call in calls {
        let started = Instant::now();
        let source = "{% for i in range(100) %}".to_owned() + call + "{% endfor %}";
        let message = spend(&source).0.expect_err(call);
        assert!(message.contains("more than") || message.contains("longer"), "{call}: {message}");
        assert!(started.elapsed() < LONGEST, "{call}: {:?}", started.elapsed());
    }
}

#[test]
fn all_templates_of_a_plan_share_one_budget() -> anyhow::Result<()> {
    let budget = Budget::small(UNITS);
    let environment = Environment::default().with_budget(&budget);
    let template = Template::parse("{% for i in range(100) %}x{% endfor %}", &Options::default())?;
    let empty = Map::new();
    let mut rendered = 0;
    while template.render(&Context::new(&empty), &environment).is_ok() {
        rendered += 1;
    }
    assert!((2..100).contains(&rendered), "{rendered} renderings");
    assert!(budget.is_exceeded());
    Ok(())
}

#[test]
fn many_threads_spend_as_much_as_one() -> anyhow::Result<()> {
    use rayon::prelude::*;
    let variables = variables();
    let spent = |threads: usize| -> anyhow::Result<u64> {
        let budget = Budget::default();
        let context = Context::new(&variables);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| {
            (0..50_usize).into_par_iter().try_for_each(|_| {
                let environment = Environment::default().with_budget(&budget);
                let source = "{% for n in numbers.slice(0, 9) %}${{ lists | length }}{% endfor %}";
                Template::parse(source, &Options::default())?.render(&context, &environment)?;
                anyhow::Ok(())
            })
        })?;
        Ok(budget.spent())
    };
    assert_eq!(spent(1)?, spent(4)?);
    Ok(())
}
