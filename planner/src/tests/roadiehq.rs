//! `roadiehq:utils:*`.

use super::{Portal, step};

fn workspace(files: &[(&str, &str)], steps: &str) -> Portal {
    let steps = step("fetch:plain", "{url: ./skeleton}") + steps;
    files
        .iter()
        .fold(Portal::with_steps(&steps), |portal, (file, text)| portal.with_file(file, text))
}

#[test]
fn texts_are_written_and_added() {
    let steps =
        step("roadiehq:utils:fs:write", "{path: ./new/a.txt, content: '${{ parameters.name }}'}")
            + &step("roadiehq:utils:fs:append", "{path: old, content: '+'}")
            + &step("roadiehq:utils:fs:append", "{path: made, content: '+'}")
            + &step(
                "roadiehq:utils:fs:write",
                "{path: p.json, content: '{\"a\":[1]}', preserveFormatting: true}",
            );
    let made = workspace(&[("old", "x")], &steps).made();
    assert_eq!(
        made,
        ["made: +", "new/a.txt: cart", "old: x+", "p.json: {\n  \"a\": [\n    1\n  ]\n}"]
    );
    for path in ["../x", "/etc/x", "a/.git/x", "old/x"] {
        let input = format!("{{path: '{path}', content: x}}");
        let found = workspace(&[("old", "x")], &step("roadiehq:utils:fs:write", &input)).problems();
        assert!(found.contains("cannot be"), "{path}: {found}");
    }
}

#[test]
fn files_are_parsed_for_later_steps() {
    let parse = |parser: &str, text: &str| {
        let steps = format!(
            "    - {{id: p, action: 'roadiehq:utils:fs:parse', input: {{path: f{parser}}}}}\n"
        );
        let log = step("debug:log", "{message: '${{ steps.p.output.content | dump }}'}");
        workspace(&[("f", text)], &(steps + &log))
    };
    assert_eq!(parse(", parser: json", "{\"a\": 1}").logged(), ["{\"a\":1}"]);
    assert_eq!(parse(", parser: yaml", "a: [1, x]").logged(), ["{\"a\":[1,\"x\"]}"]);
    assert_eq!(
        parse(", parser: multiyaml", "a: 1\n---\nb: 2\n").logged(),
        ["[{\"a\":1},{\"b\":2}]"]
    );
    assert_eq!(parse("", "a: 1").logged(), ["\"a: 1\""]);
    assert!(parse(", parser: yaml", "a: 1\n---\nb: 2\n").problems().contains("several documents"));
    assert!(parse(", parser: yaml", "a: [").problems().contains("`f`: line"));
    let reserved = "{\"\\u0000unknown\": {\"step\": \"a\", \"path\": \"b\"}}";
    assert!(parse(", parser: json", reserved).problems().contains("null character"));
}

#[test]
fn texts_are_replaced_in_files_that_a_glob_selects() {
    let files = [("a.md", "x/y x/y"), ("b/c.md", "x/y"), (".d.md", "x/y")];
    let replace = |entry: &str| {
        let input = format!("{{files: [{{{entry}}}]}}");
        workspace(&files, &step("roadiehq:utils:fs:replace", &input))
    };
    assert_eq!(
        replace("file: '**/*.md', find: x/y, replaceWith: z").made(),
        [".d.md: x/y", "a.md: z z", "b/c.md: z"]
    );
    let made = replace("file: '*.md', find: x, replaceWith: z, includeDotFiles: true").made();
    assert_eq!(made, [".d.md: z/y", "a.md: z/y z/y", "b/c.md: x/y"]);
    let made =
        replace("file: a.md, find: '([a-z])/(y)', replaceWith: '$2-$1', matchRegex: true").made();
    assert_eq!(made[1], "a.md: y-x y-x");
    let found = replace("file: a.md, find: '(', replaceWith: z, matchRegex: true").problems();
    assert!(found.contains("template.yaml:13:"), "{found}");
    assert!(
        replace("file: ../x, find: a, replaceWith: b").problems().contains("cannot be the path")
    );
}

#[test]
fn values_are_merged_as_lodash_does() {
    let json = "{\n    \"a\": {\"b\": 1},\n    \"l\": [1, 2]\n}";
    let merge = |action: &str, input: &str| {
        let files = [("f.json", json), ("f.yaml", "# c\na:\n  b: 1\nl: [1]\n---\nkind: B\n")];
        workspace(&files, &step(action, input))
    };
    let made =
        merge("roadiehq:utils:json:merge", "{path: f.json, content: {a: {c: 2}, l: [9]}}").made();
    assert_eq!(
        made[0],
        "f.json: {\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2\n  },\n  \"l\": [\n    9,\n    2\n  ]\n}"
    );
    let input = "{path: f.json, content: '{\"l\": [3]}', mergeArrays: true, matchFileIndent: true}";
    let made = merge("roadiehq:utils:merge", input).made();
    assert!(
        made[0].contains("\n    \"l\": [\n        1,\n        2,\n        3\n    ]"),
        "{}",
        made[0]
    );
    let input = "{path: f.yaml, content: {x: 1}, useDocumentIncludingField: {key: kind, value: B}, preserveYamlComments: true}";
    let portal = merge("roadiehq:utils:yaml:merge", input);
    assert!(portal.made()[1].ends_with("---\nkind: B\nx: 1\n"), "{}", portal.made()[1]);
    assert!(portal.warnings().contains("comments of the file are lost"), "{}", portal.warnings());
    let made = merge("roadiehq:utils:json:merge", "{path: new.json, content: {a: 1}}").made();
    assert_eq!(made[2], "new.json: {\n  \"a\": 1\n}");
    let found = merge("roadiehq:utils:merge", "{path: f.yaml, content: {a: 1}}").problems();
    assert!(found.contains("several documents"), "{found}");
    let found = merge("roadiehq:utils:merge", "{path: f.txt, content: {a: 1}}").problems();
    assert!(found.contains("must end in"), "{found}");
}

#[test]
fn values_are_serialized_for_later_steps() {
    let serialize = |format: &str, input: &str| {
        let steps = format!(
            "    - {{id: s, action: 'roadiehq:utils:serialize:{format}', input: {input}}}\n"
        );
        let log = step("debug:log", "{message: '${{ steps.s.output.serialized }}'}");
        Portal::with_steps(&(steps + &log)).logged()
    };
    assert_eq!(serialize("json", "{data: {b: 1, a: [2.0]}}"), [r#"{"b":1,"a":[2]}"#]);
    assert_eq!(
        serialize("json", "{data: {b: 1, a: 2}, replacer: [a], space: 1}"),
        ["{\n \"a\": 2\n}"]
    );
    assert_eq!(
        serialize("yaml", "{data: {b: 1, a: ['no way: x']}}"),
        ["b: 1\na:\n- 'no way: x'\n"]
    );
}

#[test]
fn what_is_made_of_something_unknown_is_not_known() {
    let publish = "    - id: publish\n      action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=b'}\n";
    let late = "${{ steps.publish.output.commitHash }}";
    let steps = publish.to_owned()
        + &step(
            "roadiehq:utils:json:merge",
            &format!("{{path: a.json, content: {{x: '{late}'}}}}"),
        )
        + &step(
            "roadiehq:utils:json:merge",
            &format!("{{path: b.json, content: '{{\"x\": \"{late}\"}}'}}"),
        )
        + &step("roadiehq:utils:fs:append", &format!("{{path: c, content: '{late}'}}"))
        + &step("roadiehq:utils:fs:append", "{path: c, content: more}")
        + &step("catalog:write", &format!("{{entity: {{kind: '{late}'}}}}"))
        + &format!(
            "    - {{id: s, action: 'roadiehq:utils:serialize:json', input: {{data: ['{late}']}}}}\n"
        )
        + &step("debug:log", "{message: '${{ steps.s.output.serialized }}'}");
    let portal = workspace(&[("a.json", "{}"), ("b.json", "{}")], &steps);
    let plan = portal.plan().expect("a plan");
    let own = plan.workspace.files().filter(|(path, _)| !path.as_str().starts_with(".callboard/"));
    let known: Vec<_> = own.filter(|(_, file)| file.is_known).collect();
    assert!(known.is_empty(), "{known:?}");
    assert_eq!(portal.logged(), ["‹known after apply: steps.s.output.serialized›"]);
}

#[test]
fn values_are_computed_by_jsonata() {
    let compute = |action: &str, input: &str| {
        let steps =
            format!("    - {{id: j, action: 'roadiehq:utils:jsonata{action}', input: {input}}}\n");
        let log = step("debug:log", "{message: '${{ steps.j.output.result | dump }}'}");
        let files = [("f.json", "{\"a\": [1, 2]}"), ("f.yaml", "a: 1\n---\na: 2\n")];
        workspace(&files, &(steps + &log))
    };
    let input = "{data: {a: [1, 2], b: x}, expression: '{\"n\": $sum(a), \"b\": $uppercase(b)}'}";
    assert_eq!(compute("", input).logged(), [r#"{"n":3,"b":"X"}"#]);
    let input = "{path: f.json, expression: '$ ~> |$|{\"b\": $count(a)}|', as: object}";
    assert_eq!(compute(":json:transform", input).logged(), [r#"{"a":[1,2],"b":2}"#]);
    let input = "{path: f.yaml, loadAll: true, expression: '$sum(a)'}";
    assert_eq!(compute(":yaml:transform", input).logged(), [r#""3\n""#]);
    let found = compute("", "{data: {}, expression: 'a['}").problems();
    assert!(found.contains("template.yaml:12:") && found.contains("character 3"), "{found}");
    let found = compute(":json:transform", "{path: f.yaml, expression: a}").problems();
    assert!(found.contains("`f.yaml`:"), "{found}");
}
