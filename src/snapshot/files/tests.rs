//! The reader, on trees that are only a map.

use std::collections::BTreeMap;

use super::{
    Caps,
    globs::Globs,
    links::Links,
    reader::{Found, Home, read},
    tree::{Content, Kind, Tree},
};
use crate::base::{http::Url, path::RelativePath};

impl Tree for BTreeMap<RelativePath, Content> {
    fn list(&self) -> Result<BTreeMap<RelativePath, Kind>, String> {
        let kind = |content: &Content| match content {
            Content::Link => Kind::Link,
            Content::Submodule => Kind::Submodule,
            _ => Kind::File,
        };
        Ok(self.iter().map(|(path, content)| (path.clone(), kind(content))).collect())
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<Content, String> {
        Ok(match self.get(path) {
            Some(Content::File(bytes)) if bytes.len() as u64 > most => {
                Content::TooLarge(bytes.len() as u64)
            }
            found => found.cloned().unwrap_or(Content::Missing),
        })
    }
}

fn taken(caps: Caps, files: &[(&str, Content)]) -> Found {
    let files = files
        .iter()
        .map(|(path, content)| (RelativePath::new(*path).expect("valid"), content.clone()));
    let tree: BTreeMap<_, _> = files.collect();
    let url = Url::parse("https://github.com/o/r.git").expect("a URL");
    let home = Home { prefix: "r:".into(), links: Links::new(&url, "main", false) };
    let globs = Globs::new(&["**/catalog-info.yaml".into()]).expect("patterns");
    read(&tree, &home, &globs, caps, true)
}

fn file(text: &str) -> Content {
    Content::File(text.as_bytes().to_vec())
}

const CAPS: Caps = Caps { file: 10_000, all: 20_000, files: 3 };

#[test]
fn addresses_of_the_own_repository_are_followed() {
    let found = taken(
        CAPS,
        &[
            (
                "catalog-info.yaml",
                file(
                    "apiVersion: x/v1\nkind: Location\nmetadata: {name: a}\nspec:\n  type: url\n  targets:\n  \
                     - https://github.com/o/r/blob/main/svc/*.yaml\n  \
                     - https://github.com/o/other/blob/main/x.yaml\n",
                ),
            ),
            (
                "svc/a.yaml",
                file(
                    "apiVersion: x/v1\nkind: API\nmetadata:\n  name: b\n  annotations: {backstage.io/view-url: \
                     mine}\nspec: {definition: {$text: 'https://raw.githubusercontent.com/o/r/main/d'}}\n",
                ),
            ),
            ("d", file("text")),
        ],
    );
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!(found.warnings.len(), 1);
    assert_eq!(found.warnings[0].place.to_string(), "r:catalog-info.yaml:8:5");
    let api = &found.documents[1];
    assert_eq!(
        (api.shown.as_str(), &api.value["spec"]["definition"]),
        ("r:svc/a.yaml", &"text".into())
    );
    assert_eq!(
        api.value["metadata"]["annotations"],
        serde_json::json!({
            "backstage.io/view-url": "mine",
            "backstage.io/managed-by-location": "url:https://github.com/o/r/blob/main/svc/a.yaml",
            "backstage.io/source-location": "url:https://github.com/o/r/tree/main/svc/",
            "backstage.io/edit-url": "https://github.com/o/r/edit/main/svc/a.yaml",
        })
    );
}

#[test]
fn everything_is_bounded() {
    let location = |n: usize| {
        let text = format!(
            "apiVersion: x/v1\nkind: Location\nmetadata: {{name: a}}\nspec: {{target: /{n}/catalog-info.yaml}}\n"
        );
        file(&text)
    };
    let names: Vec<_> = (0..5).map(|n| format!("{n}/catalog-info.yaml")).collect();
    let files: Vec<_> = (0..5).map(|n| (names[n].as_str(), location((n + 1) % 5))).collect();
    let found = taken(CAPS, &files);
    assert_eq!(found.documents.len(), 3);
    assert!(found.problems[0].message.contains("more than 3 files"), "{:?}", found.problems);

    let all = "apiVersion: x/v1\nkind: K\na: {$text: big}\nb: {$text: big}\nc: {$text: big}\n";
    let big = file(&"x".repeat(9_000));
    let found = taken(CAPS, &[("catalog-info.yaml", file(all)), ("big", big)]);
    let text = found.problems[0].to_string();
    assert_eq!(
        text,
        "error: r:catalog-info.yaml:5:12: all files together have more than 20000 bytes"
    );
}

#[test]
fn links_and_submodules_are_named_and_left_alone() {
    let text = "apiVersion: x/v1\nkind: Location\nmetadata: {name: a}\nspec: {targets: [l, s]}\n";
    let found = taken(
        CAPS,
        &[
            ("catalog-info.yaml", file(text)),
            ("l", Content::Link),
            ("s", Content::Submodule),
            ("x/catalog-info.yaml", Content::Link),
        ],
    );
    let problems: Vec<_> = found.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "error: r:catalog-info.yaml:4:18: `l` is a symbolic link, which is not followed",
            "error: r:catalog-info.yaml:4:21: `s` is a submodule, which is not followed",
        ]
    );
    assert_eq!(found.warnings.len(), 1);
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "(apiVersion: x\nkind: Location\n)?[a-z$:{}\\[\\]\"'*&|>./ \n-]{0,200}") {
        let path = "catalog-info.yaml";
        let found = taken(CAPS, &[(path, file(&text)), ("a/catalog-info.yaml", file(&text))]);
        proptest::prop_assert!(found.documents.iter().all(|d| d.value.is_object()));
    }
}
