//! Any template renders or is an error: no panic, no stack overflow, no endless work.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::super::{Context, Environment, Options, Template};

fn run(source: &str) -> Result<String, super::super::EngineError> {
    let context =
        json!({"a": "x-é😀y", "b": [3, "1", null, [2]], "c": {"k": 1, "10": "z"}, "d": 2.5});
    let context = context.as_object().cloned().unwrap_or_default();
    Template::parse(source, &Options::default())?
        .render(&Context::new(&context), &Environment::default())
        .map(|text| text.to_string())
}

/// Runs on the smallest stack that a caller may have: that of a test or worker thread.
fn refused(source: String) -> String {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let handle = thread.spawn(move || run(&source).map_err(|error| error.message));
    let result = handle.map(std::thread::JoinHandle::join).expect("a thread starts");
    result.expect("the engine does not panic").expect_err("a bomb is refused")
}

#[test]
fn nesting_bombs_are_refused() {
    let n = 40_000;
    let bombs = [
        format!("${{{{ {}1{} }}}}", "(".repeat(n), ")".repeat(n)),
        format!("${{{{ {}1{} }}}}", "[".repeat(n), "]".repeat(n)),
        format!("${{{{ {}1 }}}}", "{a:".repeat(n)),
        format!("${{{{ {}1 }}}}", "(".repeat(n)),
        format!("${{{{ {}1 }}}}", "not ".repeat(n)),
        format!("${{{{ {}1 }}}}", "- +".repeat(n)),
        format!("${{{{ a{} }}}}", ".b".repeat(n)),
        format!("${{{{ a{} }}}}", "|upper".repeat(n)),
        format!("${{{{ a{} }}}}", " // 1".repeat(n)),
        format!("${{{{ {}1 }}}}", "1 if (".repeat(n)),
        "{% if a %}".repeat(n),
        "{% for x in b %}".repeat(n),
        "{% set x %}".repeat(n),
        "{% filter upper %}".repeat(n),
    ];
    for bomb in bombs {
        let start: String = bomb.chars().take(30).collect();
        assert!(refused(bomb).starts_with("the template nests deeper"), "{start}");
    }
}

#[test]
fn the_deepest_allowed_nesting_fits_the_stack() {
    let n = 95;
    let deep = |n| format!("${{{{ {}1{} }}}}", "(1 // (not (".repeat(n / 3), ")))".repeat(n / 3));
    let blocks = format!("{}x{}", "{% if 1 %}".repeat(n), "{% endif %}".repeat(n));
    let members = format!("${{{{ [{}] }}}}", "a.b".to_owned() + &".b".repeat(190));
    let inner =
        format!("{}{}{}", "{% if 1 %}".repeat(n / 2), deep(n / 2), "{% endif %}".repeat(n / 2));
    for source in [deep(n), blocks, members, inner] {
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let done = thread.spawn(move || run(&source).map(drop)).expect("a thread starts").join();
        done.expect("the engine does not panic").expect("the template is allowed");
    }
}

#[test]
fn sources_of_too_many_words_are_refused() {
    for source in [format!("${{{{ [{}] }}}}", "1,".repeat(200_000)), "${{1}}".repeat(100_000)] {
        assert!(refused(source).starts_with("the template has more than"));
    }
}

#[test]
fn growing_values_are_refused() {
    let bombs = [
        "{% set s = 'xxxxxxxx' %}{% for i in range(60) %}{% set s = s ~ s %}{% endfor %}",
        "{% set l = [1] %}{% for i in range(60) %}{% set l = l.concat(l) %}{% endfor %}",
        "{% set l = [] %}{% for i in range(9999) %}{% set l = [l] %}{% endfor %}",
        "{% set l = [1] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}${{ l | dump }}",
        "{% set l = [1] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}${{ l }}",
        "{% set l = [1] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}${{ l == 'x' }}",
        "{% set l = [1] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}${{ l.flat(99) }}",
        "${{ 'x' | indent(999999999, true) }}",
        "${{ 'x' | center(999999999) }}",
        "${{ [1] | batch(999999999, 'x') }}",
        "${{ [1] | slice(999999999) }}",
        "${{ 'xx' | replace('x', 'y' | center(16000000)) }}",
        "${{ range(0, 1, 0.0000000001) }}",
        "${{ {length: 1 / 0} | reverse }}",
        "{% for x in {length: 1 / 0} %}{% endfor %}",
    ];
    for bomb in bombs {
        let message = refused(bomb.to_owned());
        assert!(
            message.contains("more than")
                || message.contains("longer")
                || message.contains("deeper"),
            "{bomb}: {message}"
        );
    }
}

/// Pieces of the language, so that random templates get past the lexer.
const PIECES: &[&str] = &[
    "${{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "~",
    "*",
    "/",
    "//",
    "%",
    "**",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "|",
    "==",
    "===",
    "!=",
    "<",
    ">=",
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "raw",
    "endraw",
    "filter",
    "endfilter",
    "switch",
    "case",
    "default",
    "endswitch",
    "a",
    "b",
    "c",
    "d",
    "x",
    "loop",
    "length",
    "'s'",
    "\"é\"",
    "0",
    "1",
    "-1",
    "2.5",
    "true",
    "none",
    "upper",
    "replace",
    "sort",
    "batch",
    "slice",
    "split",
    "join",
    "dump",
    "truncate",
    "center",
    "indent",
    "defined",
    "range",
    "groupby",
    "round",
    "int",
    "=",
    "\n",
    "text",
    "r/x/",
    "r/(a|b)*?(?=c)\\1/gi",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "block",
    "endblock",
    "caller",
    "f",
    "f(a, b=1)",
    "cycler",
    "joiner",
    "match",
    "test",
    "random",
    "urlize",
    "{% macro f(x, y=b) %}",
    "{% call(x) f(1) %}",
    "{% for a, b in c %}",
    "&&",
    "\u{a0}",
    "\u{2003}",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![8 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,3}"]
}

fn filters() -> Vec<&'static str> {
    super::super::filters::names().collect()
}

fn argument() -> impl Strategy<Value = String> {
    let known = [
        "a", "b", "c", "d", "nope", "none", "true", "''", "'é😀'", "0", "-1", "2.5", "1/0", "0/0",
        "[]", "['x', 1]", "{k: 1}", "'even'", "k=1",
    ];
    prop::sample::select(known.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(source in ".{0,60}") {
        run(&source).ok();
    }

    #[test]
    fn any_sequence_of_pieces_is_answered(pieces in prop::collection::vec(piece(), 0..30)) {
        run(&pieces.join(" ")).ok();
        run(&pieces.concat()).ok();
        run(&format!("${{{{ {} }}}}", pieces.join(" "))).ok();
    }

    #[test]
    fn any_filter_takes_any_arguments(
        input in argument(),
        name in prop::sample::select(filters()),
        arguments in prop::collection::vec(argument(), 0..4),
    ) {
        prop_assume!(!input.contains('='));
        run(&format!("${{{{ {input} | {name}({}) | dump }}}}", arguments.join(", "))).ok();
    }

    #[test]
    fn text_without_tags_is_kept(text in "[^{$#]{0,80}") {
        prop_assert_eq!(run(&text).ok(), Some(text));
    }

    #[test]
    fn strings_survive_quoting(text in "[^\\\\']{0,40}") {
        let rendered = run(&format!("${{{{ '{text}' }}}}")).ok();
        prop_assert_eq!(rendered, Some(text));
    }

    #[test]
    fn json_survives_as_a_value(number in any::<i32>(), text in ".{0,20}") {
        let value = json!({"n": number, "t": text, "l": [number, null, true]});
        let context: Map<String, Json> = [("v".to_owned(), value.clone())].into_iter().collect();
        let rendered = super::super::render_string("${{ v }}", &Context::new(&context), &Environment::default());
        prop_assert_eq!(rendered.ok().flatten(), Some(value));
    }
}
