//! The catalog's rules against Backstage's own published code, on generated entities and references.
//!
//! The oracle is a Node program that answers JSON lines; `make oracle` installs it into `target/oracle`,
//! `CALLBOARD_ORACLE` names another place. Without it these tests say that they are skipped.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use callboard::{
    base::diagnostics::Level,
    catalog::{
        EntityRef, Issue,
        envelope::check_envelope,
        kinds::{KINDS, OF_MODULES, kind_spec},
        spec::check_spec,
    },
};
use serde_json::{Value, json};

/// A generated entity, and what was done to it.
struct Case {
    what: String,
    entity: Value,
}

/// Why an issue of ours is meant to be stricter than Backstage's validation, if it is.
fn is_stricter_because(issue: &Issue) -> Option<&'static str> {
    match issue.code {
        "invalid-reference" => Some("Backstage reads references later, and fails there"),
        "case-clash" => Some("Backstage refuses such keys later, in its search index"),
        _ if issue.pointer.starts_with("/spec/dependencyOf") => {
            Some("Backstage's schema forgets the field, which its processors read as a list")
        }
        _ => None,
    }
}

/// Why we mean to accept an entity that Backstage's validation refuses, if we do.
fn is_laxer_because(entity: &Value) -> Option<&'static str> {
    let spec = entity["spec"].as_object()?;
    let spec_type = spec.get("type").and_then(Value::as_str);
    match entity["kind"].as_str()? {
        "User" if !spec.contains_key("memberOf") => Some("newer versions do not require it"),
        "API" if spec_type == Some("mcp-server") => Some("Backstage's module for it is opt-in"),
        _ => None,
    }
}

#[test]
fn entities_are_judged_as_backstage_judges_them() {
    let Some(oracle) = installed() else { return };
    let cases = cases();
    let questions = cases.iter().map(|case| json!({"op": "validate", "entity": case.entity}));
    let answers = ask(&oracle, questions);
    assert_eq!(answers.len(), cases.len());
    let accepted = answers.iter().filter(|answer| accepts(answer)).count();
    assert!(accepted > 200 && cases.len() - accepted > 500, "{accepted}");
    let differences: Vec<String> =
        cases.iter().zip(&answers).filter_map(|(case, answer)| difference(case, answer)).collect();
    assert!(
        differences.is_empty(),
        "{} of {} judged differently:\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

#[test]
fn references_are_read_as_backstage_reads_them() {
    let Some(oracle) = installed() else { return };
    let texts = reference_texts();
    let defaults = [(Some("Component"), "default"), (Some("API"), "Shop"), (None, "default")];
    let cases: Vec<_> = defaults
        .iter()
        .flat_map(|defaults| texts.iter().map(move |text| (text, defaults)))
        .collect();
    let questions = cases.iter().map(|(text, (kind, namespace))| {
        json!({"op": "ref", "ref": text, "defaultKind": kind, "defaultNamespace": namespace})
    });
    let answers = ask(&oracle, questions);
    assert_eq!(answers.len(), cases.len());
    let read = answers.iter().filter(|answer| accepts(answer)).count();
    assert!(read > 500 && cases.len() - read > 500, "{read}");
    for ((text, (kind, namespace)), answer) in cases.iter().zip(&answers) {
        // Backstage takes a blank name, which no entity can have.
        if answer["name"].as_str().is_some_and(|name| name.trim().is_empty()) {
            continue;
        }
        let ours = EntityRef::parse(text, *kind, namespace).map(|reference| reference.to_string());
        assert_eq!(
            ours.as_deref().ok(),
            answer["string"].as_str(),
            "`{text}` with {kind:?} and `{namespace}`: {ours:?}, Backstage: {answer}"
        );
    }
}

/// Says how our judgement of an entity differs from Backstage's, unless it means to.
fn difference(case: &Case, answer: &Value) -> Option<String> {
    let mut issues = check_envelope(&case.entity);
    issues.extend(check_spec(&case.entity));
    issues.retain(|issue| issue.level == Level::Error);
    issues.retain(|issue| is_stricter_because(issue).is_none());
    // No validator of Backstage claims a kind that it does not know, and it refuses the entity. We keep and
    // show kinds of the company's own, so there the envelope alone is compared.
    let claimed = answer["kindChecked"] == true || !is_known(&case.entity);
    let theirs = accepts(answer) && claimed;
    let is_meant = issues.is_empty() && is_laxer_because(&case.entity).is_some();
    (issues.is_empty() != theirs && !is_meant).then(|| {
        let said: Vec<_> = issues.iter().map(|issue| issue.message.as_str()).collect();
        format!("- {}: {said:?}, Backstage: {}", case.what, short(answer))
    })
}

fn accepts(answer: &Value) -> bool {
    answer["ok"] == true
}

fn is_known(entity: &Value) -> bool {
    entity["kind"].as_str().and_then(kind_spec).is_some()
}

fn short(answer: &Value) -> String {
    match answer["error"].as_str() {
        Some(error) => error.to_owned(),
        None => format!("accepted, kindChecked {}", answer["kindChecked"]),
    }
}

/// Where the oracle is installed, if it is.
fn installed() -> Option<PathBuf> {
    let place = std::env::var_os("CALLBOARD_ORACLE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle"), PathBuf::from);
    let is_there = place.join("node_modules/@backstage/catalog-model").is_dir();
    if !is_there {
        // Past the harness, which keeps what a passing test prints to itself.
        writeln!(
            std::io::stderr(),
            "skipped: comparison with Backstage, because {} has no installed oracle (`make oracle`)",
            place.display()
        )
        .expect("standard error is open");
    }
    is_there.then_some(place)
}

/// Asks the oracle all questions at once; the answers come in the same order.
fn ask(oracle: &Path, questions: impl Iterator<Item = Value>) -> Vec<Value> {
    let lines: Vec<_> = questions.map(|question| question.to_string()).collect();
    let lines = lines.join("\n") + "\n";
    let mut child = Command::new("node")
        .arg(oracle.join("oracle.cjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the oracle ends");
    writer.join().expect("no panic").expect("the oracle reads");
    assert!(output.status.success(), "the oracle failed");
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Every entity that is compared: each kind whole, each of its fields spoilt in every way, and the edges.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // The oracle has no optional modules of Backstage.
    let kinds = KINDS.iter().map(|kind| kind.name).filter(|kind| !OF_MODULES.contains(kind));
    for whole in kinds.map(whole) {
        let kind = whole["kind"].to_string();
        let add = |what: String, entity| cases.push(Case { what, entity });
        spoil_every_field(&kind, &whole, add);
        for api_version in API_VERSIONS {
            let mut entity = whole.clone();
            entity["apiVersion"] = json!(api_version);
            let what = format!("{kind} of {api_version}");
            cases.push(Case { what, entity });
        }
    }
    let component = whole("Component");
    for (pointer, values) in edges() {
        for value in values {
            let mut entity = component.clone();
            let what = format!("{pointer} = {value}");
            put(&mut entity, pointer, value);
            cases.push(Case { what, entity });
        }
    }
    cases.extend(odd_ones());
    cases
}

const API_VERSIONS: &[&str] = &[
    "backstage.io/v1alpha1",
    "backstage.io/v1beta1",
    "backstage.io/v1beta2",
    "backstage.io/v1",
    "scaffolder.backstage.io/v1beta3",
    "v1",
    "a/b/c",
    "Backstage.io/v1alpha1",
    "backstage.io/",
    "/v1",
    "-a.io/v1",
];

/// Sets the value at a JSON pointer whose parent is there.
fn put(entity: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("not the root");
    let key = key.replace("~1", "/").replace("~0", "~");
    match entity.pointer_mut(parent).expect(parent) {
        Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value,
        parent => parent[&key] = value,
    }
}

/// Takes each field at any depth away, and puts every shape of value in its place.
fn spoil_every_field(kind: &str, whole: &Value, mut add: impl FnMut(String, Value)) {
    add(format!("{kind} whole"), whole.clone());
    let shapes = [
        json!(null),
        json!(""),
        json!(" "),
        json!("x"),
        json!(7),
        json!(true),
        json!([]),
        json!([""]),
        json!([7]),
        json!(["group:a"]),
        json!({}),
        json!({"a": "b"}),
        json!({"a": 7}),
    ];
    for pointer in pointers(whole) {
        for shape in &shapes {
            let mut entity = whole.clone();
            put(&mut entity, &pointer, shape.clone());
            add(format!("{kind} {pointer} = {shape}"), entity);
        }
        let mut entity = whole.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("not the root");
        if let Some(Value::Object(map)) = entity.pointer_mut(parent) {
            map.shift_remove(&key.replace("~1", "/"));
            add(format!("{kind} without {pointer}"), entity);
        }
    }
}

/// The JSON pointers of everything in a value.
fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (key, child) in children {
        found.push(format!("/{key}"));
        found.extend(pointers(child).iter().map(|below| format!("/{key}{below}")));
    }
    found
}

/// A valid entity of a kind with every field that the kind has.
fn whole(kind: &str) -> Value {
    let api_version = kind_spec(kind).expect("known").api_versions[0];
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": "cart",
            "namespace": "shop",
            "title": "Cart",
            "description": "What a customer is about to buy",
            "uid": "7",
            "etag": "e",
            "labels": {"example.com/tier": "gold"},
            "annotations": {"example.com/note": "any text: at all"},
            "tags": ["java"],
            "links": [{"url": "https://example.com/a", "title": "A", "icon": "dashboard", "type": "docs"}],
        },
        "spec": whole_spec(kind),
    })
}

fn whole_spec(kind: &str) -> Value {
    let profile =
        json!({"displayName": "N", "email": "a@example.com", "picture": "https://e.com/a.png"});
    match kind {
        "Component" => {
            json!({"type": "service", "lifecycle": "production", "owner": "team-a", "system": "s",
            "subcomponentOf": "c", "providesApis": ["a"], "consumesApis": ["b"],
            "dependsOn": ["resource:r"], "dependencyOf": ["component:d"]})
        }
        "API" => {
            json!({"type": "openapi", "lifecycle": "production", "owner": "team-a", "system": "s",
            "definition": "openapi: 3.0.0"})
        }
        "System" => json!({"owner": "team-a", "domain": "d", "type": "t"}),
        "Domain" => json!({"owner": "team-a", "subdomainOf": "d", "type": "t"}),
        "Resource" => json!({"type": "database", "owner": "team-a", "system": "s",
            "dependsOn": ["resource:r"], "dependencyOf": ["component:d"]}),
        "Group" => json!({"type": "team", "children": ["b"], "parent": "p", "members": ["m"],
            "profile": profile}),
        "User" => json!({"memberOf": ["team-a"], "profile": profile}),
        "Location" => {
            json!({"type": "url", "target": "https://example.com", "targets": ["./a.yaml"],
            "presence": "required"})
        }
        "Template" => json!({"type": "service", "owner": "team-a",
            "parameters": [{"title": "One", "properties": {"name": {"type": "string"}}}],
            "steps": [{"id": "a", "name": "A", "action": "debug:log", "input": {"message": "m"}, "if": true}],
            "output": {"links": [{"title": "t", "url": "u"}], "text": [{"title": "t", "content": "c"}]},
            "presentation": {"buttonLabels": {"backButtonText": "B", "createButtonText": "C",
                "reviewButtonText": "R"}},
            "EXPERIMENTAL_recovery": {"EXPERIMENTAL_strategy": "none"},
            "lifecycle": "production"}),
        other => panic!("no sample of `{other}`"),
    }
}

/// Values at the edge of what a field may hold.
fn edges() -> Vec<(&'static str, Vec<Value>)> {
    let long = |count| "a".repeat(count);
    let words = [
        "a", "A", "9", "a9", "9a", "a-b", "a--b", "-a", "a-", "a.b", ".a", "a.", "a..b", "a_b",
        "_a", "a_", "a b", " a", "a ", "é", "a/b", "a/b/c", "/a", "a/", "a:b", "a#", "c++", "#",
        "+", ":", "A/b", "a.b/C", "A.b/c", "a_b/c", "a-b.c/d", "a.-b/c", "a\n", "null",
    ];
    let mut words: Vec<String> = words.iter().map(|&word| word.into()).collect();
    words.extend([63, 64, 253, 254].map(long));
    words.push(format!("{}/{}", [long(63), long(63), long(63), long(61)].join("."), long(63)));
    words.push(format!("{}/{}", [long(63), long(63), long(63), long(62)].join("."), "a"));
    words.push(format!("{}/a", long(64)));
    let texts = || words.iter().map(|word| json!(word)).collect::<Vec<_>>();
    let keys = |value: &str| words.iter().map(|word| json!({word: value})).collect::<Vec<_>>();
    let urls = [
        "https://example.com",
        "http://a",
        "a",
        "/a",
        "//a",
        "a:b",
        "mailto:a@b",
        "https://",
        "https:///a",
        "http:a",
        "https://a b",
        "https://exa mple.com/",
        "https://[::1]/",
        "https://[",
        "javascript:alert(1)",
        "ftp://a",
        "https://é.fr/é",
        "http://a:99999",
        "http://1.2.3.999/",
        " https://a ",
        "HTTPS://A",
        "x:",
        "https://a/${{ b }}",
        "https://%/",
        "git@github.com:a/b.git",
        "urn:a:b",
        "C:\\a",
        "https:\\\\a",
    ];
    let links = urls.iter().map(|url| json!([{"url": url}])).collect();
    vec![
        ("/metadata/name", texts()),
        ("/metadata/namespace", texts()),
        ("/metadata/title", texts()),
        ("/kind", texts()),
        ("/apiVersion", texts()),
        ("/metadata/tags/0", texts()),
        ("/metadata/labels/l", texts()),
        ("/metadata/labels", keys("v")),
        ("/metadata/annotations", keys("any text")),
        ("/metadata/annotations", keys("")),
        ("/metadata/links/0/icon", texts()),
        ("/metadata/links/0/title", texts()),
        ("/metadata/links/0/type", texts()),
        ("/metadata/links", links),
        ("/metadata/tags", vec![json!(["a", "a"]), json!(["a", "B"]), json!(["a", null])]),
        ("/metadata/x", vec![json!(null), json!(1), json!({"a": [1]})]),
        ("/spec/x", vec![json!(null), json!(1), json!({"a": [1]})]),
        ("/metadata/links/0/x", vec![json!(1)]),
    ]
}

/// Entities that are odd as a whole.
fn odd_ones() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |what: &str, entity| {
        let what = what.to_owned();
        cases.push(Case { what, entity });
    };
    for field in ["relations", "status", "Spec", "specs", "x", ""] {
        for value in [json!([]), json!({}), json!("x")] {
            let mut entity = whole("Component");
            entity[field] = value;
            add("foreign root field", entity);
        }
    }
    for kind in ["component", "COMPONENT", "Api", "group"] {
        let mut entity = whole("Component");
        entity["kind"] = json!(kind);
        add("kind in another case", entity);
    }
    for spec in [
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o"}),
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o", "remotes": []}),
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o", "remotes": [{"type": "sse", "url": "u"}]}),
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o", "remotes": [{"type": "sse"}]}),
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o", "remotes": "x"}),
        json!({"type": "mcp-server", "lifecycle": "l", "owner": "o", "definition": "d"}),
        json!({"type": "openapi", "lifecycle": "l", "owner": "o", "remotes": [{"type": "sse", "url": "u"}]}),
        json!({"type": "openapi", "lifecycle": "l", "owner": "o", "definition": {"$text": "./a.yaml"}}),
    ] {
        let mut entity = whole("API");
        entity["spec"] = spec;
        add("an API's definition or remotes", entity);
    }
    for entity in [json!({}), json!({"apiVersion": "v1", "kind": "X"}), json!({"metadata": {}})] {
        add("hardly anything", entity);
    }
    cases
}

/// Every text of up to five of these parts, and some with letters whose case is special.
fn reference_texts() -> Vec<String> {
    let parts = ["a", "B.c", ":", "/", " "];
    let mut texts = vec![String::new()];
    let mut last = texts.clone();
    for _ in 0..5 {
        last = last
            .iter()
            .flat_map(|text| parts.iter().map(move |part| format!("{text}{part}")))
            .collect();
        texts.extend_from_slice(&last);
    }
    let special =
        ["É", "İ", "ẞ", "ΑΣ", "group:default/Équipe", "\u{a0}", "\u{feff}", "a\n", "\t", "\u{85}"];
    texts.extend(special.map(str::to_owned));
    texts
}
