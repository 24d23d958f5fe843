//! Programs that do not compile, and programs that never end.

use std::time::Duration;

use super::*;

fn error(code: &str) -> CompileError {
    let errors = Program::compile(code, &[]).err().unwrap_or_default();
    errors.first().expect("an error").clone()
}

#[test]
fn the_environment_the_clock_and_modules_are_out_of_reach() {
    for code in ["env", "$ENV", "now", "input", "inputs", "halt", "debug", "stderr"] {
        assert!(error(code).message.starts_with("unknown "), "{code}");
    }
    assert!(error("import \"a\" as a; .").message.contains("cannot import"));
    assert!(Program::compile("$__loc__", &[]).is_err());
}

#[test]
fn mistakes_have_a_position_and_a_hint() {
    let found = error(".a |\n  mapp(.)");
    assert_eq!((found.position.line, found.position.column), (2, 3));
    assert_eq!(found.message, "unknown filter `mapp`");
    assert_eq!(found.hint.as_deref(), Some("did you mean `map`?"));
    let found = error(".a\n| { b: [1 }");
    assert_eq!(found.position.line, 2, "{found:?}");
    let found = error("if . then 1");
    assert!(found.message.contains("else or end"), "{found:?}");
}

/// Limits that only a program without end reaches, however busy the machine is.
const FAR: ProgramBudget = ProgramBudget {
    time: Duration::from_mins(5),
    patience: Duration::from_mins(10),
    memory: u64::MAX,
};

/// Limits for programs that never end. All tests share the memory of the process, so the limit of memory
/// can be reached by another test first.
const NEAR: ProgramBudget = ProgramBudget {
    time: Duration::from_millis(500),
    patience: Duration::from_mins(10),
    memory: 1_000_000_000,
};

/// Runs as a mapping does, away from this thread.
fn run(code: &str, budget: ProgramBudget) -> Result<String, ProgramError> {
    let program = Program::compile(code, &[]).unwrap_or_else(|e| panic!("{code}: {e:?}"));
    let values = program.with_budget(budget).run_watched(&Val::Null)?;
    Ok(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn broken(code: &str, budget: ProgramBudget) -> ProgramError {
    let result = run(code, budget);
    result.expect_err(&format!("`{code}` is stopped"))
}

#[test]
fn endless_loops_stop_themselves() {
    let loops = [
        "def f: f; f",
        "def f: . , f; last(f)",
        "def f(g): g | f(g); f(.)",
        "def f: def g: f; g; f",
        "last(range(1000000000000))",
        "reduce range(0; infinite) as $i (0; $i)",
        "last(repeat(1))",
        "last(recurse(.))",
        "[limit(1000000000000; repeat(1))] | length",
        "0 | until(false; . + 1)",
        "last(0 | while(true; . + 1))",
        "[range(0; infinite) | \"x\" * 1000000]",
        // What a program catches is stopped all the same.
        "try (def f: f; f) catch 1",
        "def f: f; first((f?), 1)",
    ];
    for code in loops {
        let limit = broken(code, NEAR).limit;
        assert!(
            matches!(limit, Some(ProgramLimit::Time(_) | ProgramLimit::Memory(_))),
            "{code}: {limit:?}"
        );
    }
}

#[test]
fn endless_recursion_stops_before_the_stack_overflows() {
    for code in [
        "def f: 1 + f; f",
        "def f: [f]; f",
        "def f: {a: f}; f",
        "def f: f | f; f",
        "def f($n): $n + f($n + 1); f(0)",
        "def f: \"\\(f)\"; f",
        "def p: .a | p | .; path(p)",
        "def f: [.] | .[0] |= f; f",
        "def f: reduce f as $x (0; .); f",
        "def f: try error(f) catch .; f",
    ] {
        assert_eq!(broken(code, FAR).message, "the program calls itself too deeply", "{code}");
    }
}

#[test]
fn texts_and_values_without_bound_are_refused() {
    for (code, expected) in [
        ("\"xy\" * 10000000000", "a text of 2 bytes is repeated 10000000000 times"),
        ("9000000000000000000 * \"xy\"", "a text of 2 bytes is repeated 9000000000000000000 times"),
        ("{a: \"x\"} | .a *= 99999999999999999999 | length", "a text of 1 bytes is repeated"),
        ("reduce range(2000) as $i (0; [.])", "a value has too many levels inside each other"),
        ("\"[\" * 100000 | fromjson", "more than 10000 brackets inside each other"),
        (
            "[range(1001)] as $list | $list[] | $list[]",
            "more than 1000000 values come of one input",
        ),
    ] {
        let message = broken(code, FAR).message;
        assert!(message.contains(expected), "{code}: {message}");
    }
}

#[test]
fn values_of_any_depth_are_dropped_without_harm() {
    for code in [
        "reduce range(12000000) as $i ([]; [.])",
        "reduce range(12000000) as $i ([]; [.]) | 1",
        "reduce range(12000000) as $i ([]; {a: .})",
        "reduce range(12000000) as $i (1; . as $x | {} | .a = $x)",
        "reduce range(12000000) as $i (1; . as $x | {} | .a |= $x) | tojson",
        "reduce range(9999999) as $i ([]; [.]) as $x | $x == $x",
        "reduce range(290000) as $i ([]; [.]) as $x | [$x == $x, $x < $x, ($x | tojson | length)] | $x",
        "reduce range(290000) as $i ([]; [.]) | .. |= .",
        "reduce range(290000) as $i ([]; [.]) | walk(.)",
        "last(limit(9999999; [] | recurse([.])))",
        "[] | until(false; [.])",
        "[] | last(repeat([.]))",
        "def f: [.] | f; [] | f",
        "def f(g): g | g | g | g | g | g | g | g; [] | f(f(f(f(f(f(f([.])))))))",
        "null | setpath([range(1000000) | \"a\"]; 1)",
        "null | getpath([range(1000000) | 0]) |= 1",
        "reduce range(40) as $i ([]; . as $x | (.. | select(. == [])) |= [$x])",
        "reduce range(40) as $i ([[]]; . as $x | (.. | select(. == [])) |= $x)",
        "[range(1000000)] | reduce .[] as $i ([]; [.])",
        "def a: [[[[.]]]]; def b: a|a|a|a|a|a|a|a; def c: b|b|b|b|b|b|b|b; def d: c|c|c|c|c|c|c|c; \
         def e: d|d|d|d|d|d|d|d; def f: e|e|e|e|e|e|e|e; [] | f | f | f",
    ] {
        broken(code, ProgramBudget { time: Duration::from_secs(3), ..NEAR });
    }
}

#[test]
fn programs_nested_deeply_are_read_or_refused() {
    let n = 10_000;
    for code in [
        "[".repeat(n),
        "-".repeat(n),
        ".|".repeat(n) + ".",
        "(".repeat(n) + "." + &")".repeat(n),
        "if . then ".repeat(n / 10),
        "def f: ".repeat(n / 10),
        "try ".repeat(n / 5) + ".",
        ". as $a|".repeat(n / 8) + ".",
        "\"\\(".repeat(n / 3),
        ".a=".repeat(n) + "1",
        "x".repeat(10_000_000),
    ] {
        Program::compile(&code, &[]).ok();
    }
}

#[test]
fn work_that_never_ends_is_left_running() {
    let (sender, never) = std::sync::mpsc::channel::<()>();
    let budget = ProgramBudget { patience: Duration::from_secs(1), ..FAR };
    let limit = watchdog::within(budget, move || never.recv()).expect_err("it never ends");
    assert!(limit.is_left_behind(), "{limit:?}");
    assert_eq!(limit.to_string(), "the program does not end: it was left behind after 1 s");
    drop(sender);
}

#[test]
fn bounds_do_not_change_what_programs_mean() {
    for (code, expected) in [
        ("def f: if . > 0 then . - 1 | 1 + f else 0 end; 1000 | f", "1000"),
        ("def f: if . < 100000 then . + 1 | f else . end; 0 | f", "100000"),
        (
            "[range(3)], [range(1; 9; 4)], [range(0, 1; 3, 4)]",
            "[0,1,2] [1,5] [0,1,2,0,1,2,3,1,2,1,2,3]",
        ),
        ("[3, 4 | . * (2, 5)]", "[6,15,8,20]"),
        ("[(1, 2) * (3, 4)]", "[3,4,6,8]"),
        ("{a: 2, b: {c: 1}} | .a *= 3 | . * {b: {d: 1}}", r#"{"a":6,"b":{"c":1,"d":1}}"#),
        ("{a: 2} | .a *= (3, 4)", r#"{"a":6} {"a":8}"#),
        ("\"ab\" * 2, \"ab\" * 0, 6 * 1.5", r#""abab" null 9.0"#),
        (
            "[[1, [2]], 3] | [.. | numbers], flatten, (walk(if type == \"number\" then . * 2 else . end))",
            "[1,2,3] [1,2,3] [[2,[4]],6]",
        ),
        (
            "{a: {b: 1}} | def p: .a | if .b then .b else p end; [path(p)], (p |= 5)",
            r#"[["a","b"]] {"a":{"b":5}}"#,
        ),
        ("\"[1,{\\\"a\\\":2}]\" | fromjson | tojson", r#""[1,{\"a\":2}]""#),
        (
            "[limit(3; repeat(1))], [first(range(10; 0; -3))], ([1, 2] | combinations(2) | tojson)",
            r#"[1,1,1] [10] "[1,1]" "[1,2]" "[2,1]" "[2,2]""#,
        ),
        ("def map(f): \"mine\"; [1] | map(.)", r#""mine""#),
        ("label $out | 1, break $out, 2", "1"),
        ("[.[]?] | @json \"\\(. * {})\"?", ""),
        ("{\"a\\(1 * 2)\": 3} | keys", r#"["a2"]"#),
        ("[[1, 2]] | .[0] as [$a, $b] | {$a, b: ($a * $b)}", r#"{"a":1,"b":2}"#),
    ] {
        assert_eq!(
            run(code, FAR).map_err(|broken| broken.message).as_deref(),
            Ok(expected),
            "{code}"
        );
    }
}

#[test]
fn a_program_is_no_module() {
    assert!(error("module {}; .").message.contains("without a `module`"));
    assert!(error("").message.contains("expected term"));
    assert!(error("callboard__main2").message.contains("unknown filter"));
    assert!(error("def f: g; f").message.contains("unknown filter `g`"));
}
