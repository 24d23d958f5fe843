//! `callboard schema`: the committed schemas are what the program prints, they accept every file of this
//! repository, and they refuse what the program refuses.

use std::{fs, path::Path};

use callboard::base::yaml;
use callboard_testing::{Portal, is_overwriting};
use serde_json::Value;

use crate::program::{RunProgram, isolated};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn print(name: &str) -> String {
    let ran = isolated(Path::new(ROOT)).args(["schema", name]).output().expect("it starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&print(name)).expect("JSON");
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    jsonschema::options().with_draft(jsonschema::Draft::Draft7).build(&schema).expect("a schema")
}

/// What a schema says against the documents of a text.
fn errors(validator: &jsonschema::Validator, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for document in yaml::parse_documents(text) {
        let document = document.expect("YAML");
        let errors = validator.iter_errors(&document);
        found.extend(errors.map(|error| format!("{}: {error}", error.instance_path())));
    }
    found
}

/// Files below a folder of the repository whose path ends so.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let below = callboard::base::fs::walk_files(&Path::new(ROOT).join(folder)).expect("readable");
    let paths = below.iter().map(|file| format!("{folder}/{file}"));
    let found: Vec<_> = paths.filter(|path| path.ends_with(ending)).collect();
    assert!(!found.is_empty(), "there is no {folder}/**{ending}");
    found
}

#[test]
fn the_committed_schemas_are_what_the_program_prints() {
    let scratch = Portal::empty();
    assert_eq!(scratch.run(&["schema", "--out", "schemas"]).code, 0);
    let written = crate::sample::tree(&scratch.path().join("schemas"));
    let committed = Path::new(ROOT).join("schemas");
    if is_overwriting() {
        callboard::base::fs::remove_dir_all(&committed).expect("removable");
        for (path, bytes) in &written {
            callboard::base::fs::write_atomic(&committed.join(path), bytes).expect("writable");
        }
    }
    assert!(written.len() > 12);
    assert!(crate::sample::tree(&committed) == written, "`make golden` writes schemas/ anew");
    let listed = scratch.run(&["schema"]).stdout;
    assert_eq!(listed.lines().count(), written.len());
    assert_eq!(scratch.run(&["schema", "sorce"]).code, 2);
}

/// What only adds to entities of other sources.
const ENRICHING: &str = "catalog-data/entities/depots";

fn whole_entities() -> Vec<String> {
    let mut files = files("catalog-data/entities", ".yaml");
    files.retain(|file| !file.starts_with(ENRICHING));
    files
}

#[test]
fn every_file_of_this_repository_is_valid_and_names_its_schema() {
    let formats: &[(&str, Vec<String>, bool)] = &[
        ("settings", vec!["callboard.yaml".into()], true),
        ("source", files("catalog-data/sources", ".yaml"), true),
        ("preset", files("src/snapshot/presets", "/preset.yaml"), false),
        ("request", files("scaffolds/requests", ".yaml"), true),
        ("template", files("scaffolds/templates", "/template.yaml"), true),
        ("fragment", files("catalog-data/manual", ".yaml"), true),
        ("fragment", files("catalog-data/repositories", "/catalog-info.yaml"), true),
        ("fragment", files(ENRICHING, ".yaml"), false),
        ("entity", whole_entities(), false),
    ];
    for (name, files, is_named) in formats {
        let validator = validator(name);
        for file in files {
            let text = fs::read_to_string(Path::new(ROOT).join(file)).expect("readable");
            let errors = errors(&validator, &text);
            assert!(errors.is_empty(), "{file}: {}", errors.join("\n"));
            let up = "../".repeat(file.matches('/').count());
            let line = format!("# yaml-language-server: $schema={up}schemas/{name}.schema.json\n");
            assert_eq!(text.starts_with(&line), *is_named, "{file} should start with {line}");
        }
    }
}

#[test]
fn every_entity_of_the_sample_company_is_valid_for_its_kind() {
    for kind in ["component", "api", "system", "domain", "resource", "group", "user"] {
        let validator = validator(kind);
        for file in whole_entities() {
            if file.contains(&format!("/{kind}/")) {
                let text = fs::read_to_string(Path::new(ROOT).join(&file)).expect("readable");
                assert_eq!(errors(&validator, &text), Vec::<String>::new(), "{file}");
            }
        }
    }
}

#[test]
fn a_baseline_that_is_written_is_valid() {
    let portal = Portal::new().with("catalog-data/manual/a.yaml", "kind: X\n---\nkind: X\n");
    assert_eq!(portal.run(&["check", "--write-baseline"]).code, 0);
    let text = portal.read("callboard-baseline.yaml");
    assert!(text.contains("count: 2"), "{text}");
    assert_eq!(errors(&validator("baseline"), &text), Vec::<String>::new());
}

/// Where a file of each format stands, and files that are wrong, each in one way.
const WRONG: &[(&str, &str, &[&str])] = &[
    (
        "settings",
        "callboard.yaml",
        &[
            "{}",
            "title: [T]",
            "title: T\nsourcs: []",
            "title: T\nsources: a",
            "title: T\nsite: { acent: red }",
            "title: T\nauthor: { name: A }",
            "title: T\nauthor: { name: A, email: a@b.c, phone: 1 }",
            "title: T\nscaffold: { repository: x }",
        ],
    ),
    (
        "source",
        "catalog-data/sources/a.yaml",
        &[
            "kind: ftp\nurl: https://a.b",
            "kind: http\nurl: [https://a.b]",
            "kind: http\nulr: https://a.b",
            "kind: http\nurl: https://a.b\nheaders: { a: [] }",
            "kind: http\nurl: https://a.b\nshrink: { share: 2 }",
            "kind: http\nurl: https://a.b\nshrink: { shar: 0.2 }",
            "kind: http\nurl: https://a.b\nshrink: { kinds: { api: { shar: 0.2 } } }",
            "kind: http\nurl: https://a.b\npaging: { type: pages }",
            "kind: http\nurl: https://a.b\npaging: { type: page, firts: 1 }",
            "kind: http\nurl: https://a.b\nauth: { type: basic, password: x, token: y }",
            "kind: http\nurl: https://a.b\nauth: { type: digest }",
            "kind: http\nurl: https://a.b\ntls: { cert: x }",
            "kind: http\nurl: https://a.b\nretries: -1",
            "kind: http\nrequests: [{ url: https://a.b }]",
            "kind: http\nrequests: [{ name: a, url: https://a.b, wher: . }]",
            "kind: git\nrepositories: [{ url: https://a.b, branch: x }]",
        ],
    ),
    (
        "request",
        "scaffolds/requests/a.yaml",
        &[
            "[]",
            "template: t",
            "template: 7\nrequester: u",
            "template: t\nrequester: u\nparameters: []",
            "template: t\nrequester: u\nparametres: {}",
        ],
    ),
    (
        "entity",
        "catalog-data/manual/a.yaml",
        &[
            "kind: System",
            "apiVersion: v1/v1/v1\nkind: System\nmetadata: { name: a }\nspec: { owner: b }",
            "apiVersion: backstage.io/v2\nkind: System\nmetadata: { name: a }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: -a }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, namespace: A }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, tags: [A] }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, title: '' }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, labels: { a: 'é' } }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, annotations: { a/b/c: x } }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, annotations: { a: 7 } }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a, links: [{ url: x }] }\nspec: { owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }\nspec: { domain: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }\nspec: { owner: '' }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }\nspec: { owner: [b] }",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }\nspec: { owner: b }\nstatus: {}",
            "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: { name: a }\nspec: { type: grpc, lifecycle: x, owner: b }",
            "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: { name: a }\nspec: { memberOf: [''] }",
            "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: { name: a }\nspec: { profile: { email: 7 } }",
            "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: { name: a }\nspec: { presence: maybe }",
        ],
    ),
    (
        "template",
        "scaffolds/templates/a/template.yaml",
        &[
            "apiVersion: backstage.io/v1alpha1\nkind: Template\nmetadata: { name: a }\nspec: { type: t, steps: [] }",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: a }\nspec: { type: t }",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: a }\nspec: { type: t, steps: [{ id: b }] }",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: a }\nspec: { type: t, steps: [{ action: 'debug:log', inptu: {} }] }",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: a }\nspec: { type: t, steps: [], parameters: [7] }",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: a }\nspec: { type: t, steps: [], output: { links: {} } }",
        ],
    ),
    (
        "lock",
        "scaffolds/lock.yaml",
        &[
            "contents: {}",
            "content: { 'https://a.b/c': { repository: https://a.b/c, commit: main, kind: file, digest: x } }",
            "content: { 'https://a.b/c': { repository: https://a.b/c } }",
        ],
    ),
    (
        "baseline",
        "callboard-baseline.yaml",
        &[
            "problem: []",
            "problems: [{ code: a, file: b }]",
            "problems: [{ code: a, file: b, message: c, line: 1 }]",
        ],
    ),
];

#[test]
fn what_the_program_refuses_the_schema_refuses_too() {
    for (name, path, texts) in WRONG {
        let validator = validator(name);
        for text in *texts {
            let portal = Portal::new()
                .with("callboard.yaml", "title: T\nsources: [a]\n")
                .with("catalog-data/sources/a.yaml", "kind: http\nurl: https://a.example\n")
                .with("catalog-data/sources/a.jq", "empty")
                .with(path, text);
            let ran = portal.run(&["check"]);
            let is_place = ran.stderr.starts_with(&format!("error: {path}"));
            assert!(ran.code != 0 && is_place, "the program takes {name}:\n{text}\n{}", ran.stderr);
            assert!(!errors(&validator, text).is_empty(), "the schema takes {name}:\n{text}");
        }
    }
}
