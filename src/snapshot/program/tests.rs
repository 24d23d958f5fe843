//! Programs that are wrong, and programs that never end.

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

/// Runs as a mapping does, away from this thread.
fn run(code: &str) -> Result<String, ProgramError> {
    let program = Program::compile(code, &[]).unwrap_or_else(|e| panic!("{code}: {e:?}"));
    let values = program.run_watched(&Val::Null)?;
    Ok(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn broken(code: &str) -> ProgramError {
    let result = run(code);
    result.expect_err(&format!("`{code}` is stopped"))
}

/// True when a bound stopped the program that other work reaches too: all tests share the processors and
/// the memory, so that it may be met before the one that a test is about.
fn is_of_the_machine(broken: &ProgramError) -> bool {
    !matches!(broken.limit, None | Some(ProgramLimit::Depth | ProgramLimit::Size))
}

#[test]
fn loops_without_end_stop_by_themselves() {
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
    // All tests share the memory that is looked at, so that any bound but the depth may be met first.
    let stops = |code| !matches!(broken(code).limit, None | Some(ProgramLimit::Depth));
    for some in loops.chunks(4) {
        std::thread::scope(|scope| {
            for code in some {
                scope.spawn(move || assert!(stops(code), "{code}"));
            }
        });
    }
}

#[test]
fn calls_without_end_stop_before_the_stack_does() {
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
        let broken = broken(code);
        let is_stopped = broken.limit == Some(ProgramLimit::Depth) || is_of_the_machine(&broken);
        assert!(is_stopped, "{code}: {}", broken.message);
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
        let broken = broken(code);
        let is_refused = is_of_the_machine(&broken) || broken.message.contains(expected);
        assert!(is_refused, "{code}: {}", broken.message);
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
        broken(code);
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
fn work_that_never_ends_is_left_behind() {
    let (sender, never) = std::sync::mpsc::channel::<()>();
    let left = crate::snapshot::watchdog::within(move || never.recv()).expect_err("it never ends");
    assert!(left.is_left_behind(), "{left:?}");
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
        assert_eq!(run(code).map_err(|broken| broken.message).as_deref(), Ok(expected), "{code}");
    }
}

#[test]
fn a_program_is_no_module() {
    assert!(error("module {}; .").message.contains("without a `module`"));
    assert!(error("").message.contains("expected term"));
    assert!(error("callboard__main2").message.contains("unknown filter"));
    assert!(error("def f: g; f").message.contains("unknown filter `g`"));
}
