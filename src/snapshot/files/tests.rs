//! The reader of entity files, on file trees in memory.

use std::collections::BTreeMap;

use super::{
    TreeLimits,
    globs::Globs,
    reader::{TreeOrigin, TreeScan, read},
    tree::{EntryContent, EntryKind, Tree, TreeError},
};
use crate::base::{forges::RepositoryPages, http::Url, path::RelativePath};

impl Tree for BTreeMap<RelativePath, EntryContent> {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError> {
        let kind = |content: &EntryContent| match content {
            EntryContent::Link => EntryKind::Link,
            EntryContent::Submodule => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        Ok(self.iter().map(|(path, content)| (path.clone(), kind(content))).collect())
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, TreeError> {
        Ok(match self.get(path) {
            Some(EntryContent::File(bytes)) if bytes.len() as u64 > most => {
                EntryContent::TooLarge(bytes.len() as u64)
            }
            found => found.cloned().unwrap_or(EntryContent::Missing),
        })
    }

    fn is_executable(&self, path: &RelativePath) -> Result<bool, TreeError> {
        Ok(path.as_str().ends_with(".sh"))
    }
}

fn taken(limits: TreeLimits, files: &[(&str, EntryContent)]) -> TreeScan {
    let files = files
        .iter()
        .map(|(path, content)| (RelativePath::new(*path).expect("valid"), content.clone()));
    let tree: BTreeMap<_, _> = files.collect();
    let url = Url::parse("https://github.com/o/r.git").expect("a URL");
    let origin = TreeOrigin {
        prefix: "r:".into(),
        repository: Some("r".into()),
        pages: RepositoryPages::new(&url, "main", false),
    };
    let globs = Globs::new(&["**/catalog-info.yaml".into()]).expect("patterns");
    read(&tree, &origin, &globs, limits, true)
}

fn file(text: &str) -> EntryContent {
    EntryContent::File(text.as_bytes().to_vec())
}

const LIMITS: TreeLimits = TreeLimits { file: 10_000, all: 20_000, files: 3 };

#[test]
fn what_templates_fetch_comes_along_with_its_modes() {
    let template = |url: &str| {
        file(&format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: a}}\nspec:\n  \
             steps: [{{action: fetch:plain, input: {{url: '{url}'}}}}]\n"
        ))
    };
    for (url, expected) in [
        ("./skeleton", vec!["a/skeleton/run.sh", "a/skeleton/x.txt"]),
        ("../shared/y.txt", vec!["shared/y.txt"]),
        ("../shared/${{ parameters.y }}", vec!["shared/y.txt"]),
        ("skel", vec![]),
        ("../..", vec![]),
        ("/shared", vec![]),
        ("https://github.com/o/r/tree/main/shared", vec![]),
    ] {
        let found = taken(
            TreeLimits { file: 10_000, all: 20_000, files: 9 },
            &[
                ("a/catalog-info.yaml", template(url)),
                ("a/skeleton/run.sh", file("x")),
                ("a/skeleton/x.txt", file("x")),
                ("a/skeleton/link", EntryContent::Link),
                ("shared/y.txt", file("y")),
            ],
        );
        let mut files = found.documents[0].template.clone().expect("a template");
        let home = String::from_utf8(files.remove("source.yaml").expect("there")).expect("UTF-8");
        let paths: Vec<_> = files.keys().map(|path| path.trim_start_matches("files/")).collect();
        assert_eq!(paths, expected, "{url}");
        let is_skeleton = url == "./skeleton";
        assert_eq!(home.contains("executable:\n- a/skeleton/run.sh\n"), is_skeleton, "{home}");
        let warnings: Vec<_> = found.warnings.iter().map(ToString::to_string).collect();
        let expected =
            "warning: r:a/skeleton/link: left out of the template: it is a symbolic link";
        assert_eq!(warnings.iter().any(|warning| warning == expected), is_skeleton, "{warnings:?}");
    }
}

#[test]
fn addresses_of_the_own_repository_are_followed() {
    let found = taken(
        LIMITS,
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
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!(found.warnings.len(), 1);
    assert_eq!(found.warnings[0].place.to_string(), "r:catalog-info.yaml:8:5");
    let api = &found.documents[1];
    assert_eq!(
        (api.place.file.shown().as_str(), &api.value["spec"]["definition"]),
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
    let found = taken(LIMITS, &files);
    assert_eq!(found.documents.len(), 3);
    assert!(found.faults[0].failure.reason.contains("more than 3 files"), "{:?}", found.faults);

    let all = "apiVersion: x/v1\nkind: K\na: {$text: big}\nb: {$text: big}\nc: {$text: big}\n";
    let big = file(&"x".repeat(9_000));
    let found = taken(LIMITS, &[("catalog-info.yaml", file(all)), ("big", big)]);
    let text = found.faults[0].failure.warning().to_string();
    assert_eq!(
        text,
        "warning: r:catalog-info.yaml:5:12: all files together have more than 20000 bytes"
    );
}

#[test]
fn links_and_submodules_are_named_and_left_alone() {
    let text = "apiVersion: x/v1\nkind: Location\nmetadata: {name: a}\nspec: {targets: [l, s]}\n";
    let found = taken(
        LIMITS,
        &[
            ("catalog-info.yaml", file(text)),
            ("l", EntryContent::Link),
            ("s", EntryContent::Submodule),
            ("x/catalog-info.yaml", EntryContent::Link),
        ],
    );
    let problems: Vec<_> = found.faults.iter().map(|f| f.failure.warning().to_string()).collect();
    assert_eq!(
        problems,
        [
            "warning: r:catalog-info.yaml:4:18: `l` is a symbolic link, which is not followed",
            "warning: r:catalog-info.yaml:4:21: `s` is a submodule, which is not followed",
        ]
    );
    assert_eq!(found.warnings.len(), 1);
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "(apiVersion: x\nkind: Location\n)?[a-z$:{}\\[\\]\"'*&|>./ \n-]{0,200}") {
        let path = "catalog-info.yaml";
        let found = taken(LIMITS, &[(path, file(&text)), ("a/catalog-info.yaml", file(&text))]);
        proptest::prop_assert!(found.documents.iter().all(|d| d.value.is_object()));
    }
}

/// The documentation of each entity: its files, in order.
fn docs_of(found: &TreeScan) -> Vec<(String, Vec<&str>)> {
    let name = |value: &serde_json::Value| value["metadata"]["name"].to_string();
    let taken = found.documents.iter().filter_map(|document| {
        let files = document.docs.as_ref()?.keys().map(String::as_str).collect();
        Some((name(&document.value).trim_matches('"').to_owned(), files))
    });
    taken.collect()
}

fn entity(kind: &str, name: &str, docs: &str) -> String {
    let docs = match docs {
        "" => String::new(),
        docs => format!(", annotations: {{backstage.io/techdocs-ref: '{docs}'}}"),
    };
    format!("---\napiVersion: x/v1\nkind: {kind}\nmetadata: {{name: {name}{docs}}}\nspec: {{}}\n")
}

fn warned(found: &TreeScan) -> Vec<String> {
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    found.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.text())).collect()
}

#[test]
fn only_documentation_and_the_images_it_shows_are_taken_along() {
    let info = entity("Component", "a", "dir:svc");
    let page = "# A\n![i](img/i.svg) ![up](../logo.svg) ![no](../../../x.svg) ![t](t.svg) ![l](link.svg)\n";
    let found = taken(
        LIMITS,
        &[
            ("catalog-info.yaml", file(&info)),
            ("svc/mkdocs.yml", file("site_name: S\n")),
            ("svc/docs/index.md", file(page)),
            ("svc/docs/img/i.svg", file("<svg/>")),
            ("svc/docs/img/unused.svg", file("<svg/>")),
            ("svc/docs/t.svg", file("<svg>\n&x;</svg>")),
            ("svc/docs/link.svg", EntryContent::Link),
            ("svc/docs/link.md", EntryContent::Link),
            ("svc/docs/secret.env", file("TOKEN=1")),
            ("svc/docs/.git/x.md", file("x")),
            ("svc/docs/bad.md", EntryContent::File(vec![0xff])),
            ("svc/logo.svg", file("<svg/>")),
            ("svc/main.rs", file("x")),
            ("x.svg", file("<svg/>")),
        ],
    );
    let files = vec!["docs/img/i.svg", "docs/index.md", "logo.svg", "mkdocs.yml"];
    assert_eq!(docs_of(&found), [("a".to_owned(), files)]);
    assert_eq!(
        warned(&found),
        [
            "docs-left-out r:svc/docs/bad.md: left out of the documentation: it is not UTF-8",
            "docs-left-out r:svc/docs/t.svg:2:1: left out of the documentation: it refers to the entity `x`",
        ]
    );
}

#[test]
fn names_of_documentation_that_some_system_reads_as_another_are_left_out() {
    let page = "# A\n![](.g%E2%80%8Cit/i.svg) ![](git~1/i.svg) ![](i.svg) ![](I.svg)\n";
    let found = taken(
        LIMITS,
        &[
            ("catalog-info.yaml", file(&entity("Component", "a", "dir:."))),
            ("mkdocs.yml", file("site_name: S\n")),
            ("docs/index.md", file(page)),
            ("docs/con.md", file("x")),
            ("docs/a./x.md", file("x")),
            ("docs/b:c.md", file("x")),
            ("docs/git~1/x.md", file("x")),
            ("docs/d\u{202e}dm.md", file("x")),
            ("docs/.g\u{200c}it/i.svg", file("<svg/>")),
            ("docs/git~1/i.svg", file("<svg/>")),
            ("docs/i.svg", file("<svg/>")),
            ("docs/I.svg", file("<svg/>")),
            ("docs/می\u{200c}خواهم.md", file("x")),
        ],
    );
    let files = vec!["docs/I.svg", "docs/index.md", "docs/می\u{200c}خواهم.md", "mkdocs.yml"];
    assert_eq!(docs_of(&found), [("a".to_owned(), files)]);
    let warned = warned(&found);
    for name in [
        "con.md",
        "a./x.md",
        "b:c.md",
        "git~1/x.md",
        "d\\u{202e}dm.md",
        ".g\\u{200c}it/i.svg",
        "git~1/i.svg",
        "i.svg",
    ] {
        let start = format!("docs-left-out r:docs/{name}: left out of the documentation: ");
        let of_it = warned.iter().filter(|text| text.starts_with(&start));
        assert_eq!(of_it.count(), 1, "{name}: {warned:#?}");
    }
    assert_eq!(warned.len(), 8, "{warned:#?}");
    assert!(!warned.concat().contains(['\u{200c}', '\u{202e}']), "{warned:#?}");
}

#[test]
fn what_an_entity_names_is_found_or_is_a_warning() {
    let names = [
        "dir:.",
        "dir:./docs/",
        "url:https://github.com/o/r/tree/main/x",
        "dir:../..",
        "dir:gone",
        "url:https://github.com/o/other/tree/main/",
        "docs",
    ];
    let entities =
        names.iter().enumerate().map(|(at, docs)| entity("API", &format!("n{at}"), docs));
    let info: String = entities.collect();
    let found = taken(
        LIMITS,
        &[
            ("s/catalog-info.yaml", file(&info)),
            ("s/README.md", file("# R\n")),
            ("s/docs/a.md", file("# A\n")),
            ("x/deep/b.md", file("# B\n")),
            ("etc/passwd.md", file("no")),
        ],
    );
    let told: Vec<_> = docs_of(&found);
    let expected = [("n0", vec!["docs/a.md"]), ("n1", vec!["a.md"]), ("n2", vec!["deep/b.md"])];
    assert_eq!(told, expected.map(|(name, files)| (name.to_owned(), files)));
    assert_eq!(
        warned(&found),
        [
            "no-docs r:s/catalog-info.yaml: `dir:../..` leads out of the repository",
            "no-docs r:s/catalog-info.yaml: there is no Markdown in `s/gone`",
            "no-docs r:s/catalog-info.yaml: `url:https://github.com/o/other/tree/main/` is outside this repository, and is not read",
            "no-docs r:s/catalog-info.yaml: `docs` is neither `dir:…` nor `url:…`",
        ]
    );
}

#[test]
fn a_readme_belongs_to_one_entity_of_its_folder() {
    let many =
        [entity("User", "u", ""), entity("API", "b", ""), entity("Component", "c", "")].concat();
    let found = taken(
        TreeLimits { files: 5, ..LIMITS },
        &[
            ("a/catalog-info.yaml", file(&many)),
            ("a/README.md", file("![x](x.svg) [y](y.md)")),
            ("a/x.svg", file("<svg/>")),
            ("a/y.md", file("# Y")),
            ("b/catalog-info.yaml", file(&entity("Group", "g", ""))),
            ("b/README.md", file("# B")),
            (
                "c/catalog-info.yaml",
                file(&(entity("System", "s", "") + &entity("System", "t", "dir:."))),
            ),
            ("c/README.md", file("# C")),
            ("d/catalog-info.yaml", file(&entity("Component", "d", ""))),
            ("d/README.md", EntryContent::Link),
        ],
    );
    let expected = [("c", vec!["README.md", "x.svg"]), ("t", vec!["README.md"])];
    assert_eq!(docs_of(&found), expected.map(|(name, files)| (name.to_owned(), files)));
    assert_eq!(warned(&found), [""; 0]);
}
