//! Documentation sets that are read from the files of a portal.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::catalog::load_from;

const CART: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  \
    annotations:\n    backstage.io/view-url: https://github.com/o/r/blob/main/cart/catalog-info.yaml\n    \
    backstage.io/techdocs-ref: dir:.\nspec: {type: service, lifecycle: production, owner: x}\n";

fn docs(files: &[(&str, &str)]) -> Docs {
    let mut all: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    all.insert("catalog-data/entities/git/component/default/cart.yaml".into(), CART.into());
    let (catalog, _) = load_from(&all, &[]).expect("readable");
    load(&all, &catalog).expect("readable")
}

fn told(docs: &Docs) -> Vec<String> {
    let told = |problem: &Diagnostic| {
        problem.text().replace("catalog-data/docs/git/component/default/cart/", "")
    };
    docs.problems.iter().map(told).collect()
}

fn cart(docs: &Docs) -> &DocSet {
    docs.of(&EntityRef::new("component", "default", "cart")).expect("documentation")
}

fn brought(files: &[(&str, &str)]) -> Docs {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (format!("catalog-data/docs/git/component/default/cart/{path}"), *text))
        .collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    docs(&files)
}

#[test]
fn the_navigation_of_mkdocs_is_honoured() {
    let docs = brought(&[
        (
            "mkdocs.yml",
            "site_name: Cart\nnav:\n- index.md\n- Guide:\n  - Run: guide/run.md\n  - gone.md\n- X: https://x.example\n",
        ),
        ("docs/index.md", "# Welcome\n"),
        ("docs/guide/run.md", "# Running\n"),
        ("docs/left.md", "no heading\n"),
    ]);
    let set = cart(&docs);
    assert_eq!(set.title.as_deref(), Some("Cart"));
    let guide = NavItem::Section("Guide".into(), vec![NavItem::Page(1)]);
    let link = NavItem::Link("X".into(), "https://x.example".into());
    assert_eq!(set.nav, [NavItem::Page(0), guide, link]);
    let titles: Vec<_> = set.pages.iter().map(|page| page.title.as_str()).collect();
    assert_eq!(titles, ["Welcome", "Run", "Left"]);
    assert_eq!(set.reading_order(), [0, 1]);
    assert_eq!(told(&docs), ["mkdocs.yml: `nav` names `gone.md`, which does not exist"]);
    assert_eq!(set.view.as_deref(), Some("https://github.com/o/r/blob/main/cart/{path}"));
}

#[test]
fn without_a_navigation_the_first_page_comes_first_and_folders_last() {
    let docs = brought(&[
        ("docs/a.md", ""),
        ("docs/get-started/x.md", "# X\n"),
        ("docs/index.md", "# I\n"),
        ("docs/.hidden/x.md", ""),
    ]);
    let section = NavItem::Section("Get started".into(), vec![NavItem::Page(2)]);
    assert_eq!(cart(&docs).nav, [NavItem::Page(0), NavItem::Page(1), section]);
    assert_eq!(cart(&docs).pages[0].title, "I");
}

#[test]
fn links_that_lead_nowhere_are_problems_with_their_lines() {
    let docs = brought(&[
        (
            "docs/index.md",
            "# A\n[ok](b.md#b) [ok](b/) [ok](b.html) [ok](/b.md) [ok](#a) [ok](https://x.example)\n\n\
             ![ok](a.svg)\n[no](bb.md)\n[no](b.md#c)\n![no](b.svg)\n[source](../src/x.rs)\n\
             [out](../../y.md) ![ok](script.svg) ![no](bad.svg) [ok](mailto:a@b.example)\n",
        ),
        ("docs/b.md", "# B\n"),
        ("docs/a.svg", "<svg viewBox='0 0 4 2'/>"),
        ("docs/script.svg", "<svg onload='x'/>"),
        ("docs/bad.svg", "<svg>&x;</svg>"),
    ]);
    assert_eq!(
        told(&docs),
        [
            "docs/bad.svg:1:6: the image is left out: it refers to the entity `x`",
            "docs/index.md:5:1: there is no `docs/bb.md`\nhint: did you mean `docs/b.md`?",
            "docs/index.md:6:1: no heading of `docs/b.md` is `#c`\nhint: did you mean `#b`?",
            "docs/index.md:7:1: there is no `docs/b.svg`\nhint: did you mean `docs/a.svg`?",
        ]
    );
    assert_eq!(
        cart(&docs).images,
        [("docs/a.svg".to_owned(), Some((4, 2))), ("docs/script.svg".to_owned(), None)].into()
    );
}

#[test]
fn what_people_wrote_in_the_portal_is_stronger_and_stays_where_it_is() {
    let manual = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  annotations:\n    \
        backstage.io/techdocs-ref: dir:cart\n";
    let docs = docs(&[
        ("catalog-data/manual/cart.yaml", manual),
        ("catalog-data/manual/cart/mkdocs.yml", "site_name: Mine\n"),
        ("catalog-data/manual/cart/docs/index.md", "# Mine\n"),
        ("catalog-data/docs/git/component/default/cart/README.md", "# Theirs\n"),
    ]);
    let set = cart(&docs);
    assert_eq!(
        (&set.source, set.root.as_str()),
        (&Arc::from("manual"), "catalog-data/manual/cart")
    );
    assert_eq!(told(&docs), [""; 0]);
}

#[test]
fn a_folder_outside_the_portal_is_refused() {
    let manual = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  annotations:\n    \
        backstage.io/techdocs-ref: dir:../../../etc\n";
    let docs = docs(&[("catalog-data/manual/cart.yaml", manual)]);
    assert!(docs.is_empty());
    assert_eq!(
        told(&docs),
        ["catalog-data/manual/cart.yaml: `dir:../../../etc` is not a folder inside the portal"]
    );
}
