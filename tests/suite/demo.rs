//! `callboard demo`: two real APIs become a site, and a request becomes a component in the catalog.

use std::path::Path;

use callboard::base::fs;
use callboard_testing::{Portal, assert_text, expected_file, file, is_overwriting};

use crate::{program::RunProgram, sample::tree};

/// Pages that stand for all: one of each kind that people read.
const PAGES: &[(&str, &str)] = &[
    ("home", "index.html"),
    ("list", "catalog/components.html"),
    ("component", "catalog/default/component/panier-api.html"),
    ("system", "catalog/default/system/panier.html"),
    ("team", "catalog/default/group/tunnel-d-achat.html"),
    ("person", "catalog/default/user/jerome-clement.html"),
    ("docs", "docs.html"),
    ("doc", "docs/default/component/panier-api/demarrer.html"),
    ("run", "runs/panier-relance.html"),
];

#[test]
fn the_demo_goes_from_two_apis_to_a_registered_component_and_again() {
    let portal = Portal::empty();
    let ran = portal.run(&["demo", "--no-serve", "--dir", "."]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for step in
        ["snapshot", "build the site", "plan the request", "apply the request", "build again"]
    {
        assert!(ran.stdout.contains(&format!("✓ {step}")), "{step} is missing in\n{}", ran.stdout);
    }
    fragments_are_golden(portal.path());
    let registered = "catalog-data/entities/registered/component/default/panier-relance.yaml";
    assert!(portal.path().join(registered).is_file());
    assert!(portal.path().join("site/catalog/default/component/panier-relance.html").is_file());
    let repository =
        portal.path().join(".callboard/repositories/vente-en-ligne/panier-relance.git");
    assert!(repository.join("HEAD").is_file());
    pages_are_golden(&portal);

    let before = tree(&portal.path().join("site"));
    let again = portal.run(&["demo", "--no-serve", "--dir", "."]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        ["org", "la-carto", "depots"]
            .iter()
            .all(|source| again.stdout.contains(&format!("{source}: unchanged")))
    );
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_eq!(tree(&portal.path().join("site")), before);
}

/// What the snapshot writes is what is committed in this repository, which is the same company's portal.
fn fragments_are_golden(portal: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for source in ["entities/org", "entities/la-carto", "entities/depots", "docs/depots"] {
        let folder = Path::new("catalog-data").join(source);
        let (written, golden) = (tree(&portal.join(&folder)), repository.join(&folder));
        if is_overwriting() {
            fs::remove_dir_all(&golden).expect("removable");
            for (path, bytes) in &written {
                fs::write_atomic(&golden.join(path), bytes).expect("writable");
            }
        }
        let expected = tree(&golden);
        let names =
            |tree: &std::collections::BTreeMap<_, _>| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&written), names(&expected), "other files than in {}", golden.display());
        for (path, bytes) in &written {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let (is, should) = (text(bytes), text(&expected[path]));
            assert!(*bytes == expected[path], "{}: {is:?} and not {should:?}", path.display());
        }
    }
}

fn pages_are_golden(portal: &Portal) {
    let directory = portal.path().canonicalize().expect("there");
    for (name, path) in PAGES {
        let page = portal.read(&format!("site/{path}"));
        // The place of the scratch portal is in what it registers, so it is in the ids of its commits.
        let page = page.replace(&*directory.to_string_lossy(), "[PORTAL]");
        let page = without_hash(&without_commit(&page));
        let golden = format!("{}/tests/suite/golden/pages/{name}.html", env!("CARGO_MANIFEST_DIR"));
        assert_text(page, expected_file(Path::new(&golden)));
    }
    let names: Vec<_> =
        tree(&portal.path().join("site")).into_keys().filter(|path| !is_hashed(path)).collect();
    let names: Vec<_> = names.iter().map(|path| without_hash(&path.to_string_lossy())).collect();
    assert_text(names.join("\n") + "\n", file!["golden/pages.txt"]);
}

/// Parts of the index are named by their content.
fn is_hashed(path: &Path) -> bool {
    path.starts_with("search/parts")
}

/// Replaces the hash that the folder of scripts and styles is named by.
fn without_hash(text: &str) -> String {
    let is_hash = |part: &str| part.len() == 10 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let parts: Vec<_> =
        text.split('/').map(|part| if is_hash(part) { "[HASH]" } else { part }).collect();
    parts.join("/")
}

/// Replaces the id in `commit <code>…</code>`, which is ten hexadecimal digits.
fn without_commit(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(at) = rest.find("<code>") {
        let (before, after) = rest.split_at(at + "<code>".len());
        text.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        rest = if digits == 10 {
            text.push_str("[COMMIT]");
            &after[10..]
        } else {
            after
        };
    }
    text + rest
}
