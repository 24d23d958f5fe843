//! `callboard build` again and again, in parts, and over what is there: always the site that a clean
//! build makes.

use std::{fs, os::unix::fs::MetadataExt};

use crate::{portal::Portal, sample::tree};

fn component(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
    )
}

fn team(name: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}}}\n\
         spec: {{type: team, children: []}}\n"
    )
}

fn portal() -> Portal {
    let mut portal = Portal::new()
        .with("catalog-data/manual/team-a.yaml", &team("team-a"))
        .with("catalog-data/manual/team-b.yaml", &team("team-b"));
    for name in ["cart", "orders", "stock"] {
        portal =
            portal.with(&format!("catalog-data/manual/{name}.yaml"), &component(name, "team-a"));
    }
    portal
}

/// What a clean build makes of the portal, beside what an incremental one has made of it.
fn is_as_clean(portal: &Portal, step: &str) {
    let ran = portal.run(&["build"]);
    assert_eq!(ran.code, 0, "{step}: {}", ran.stderr);
    let clean = portal.run(&["build", "--clean", "--out", "clean"]);
    assert_eq!(clean.code, 0, "{step}: {}", clean.stderr);
    let (ours, clean) = (tree(&portal.path().join("site")), tree(&portal.path().join("clean")));
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        clean.keys().collect::<Vec<_>>(),
        "{step}: other files"
    );
    for (path, bytes) in &ours {
        assert!(clean[path] == *bytes, "{step}: `{}` differs", path.display());
    }
}

#[test]
fn a_build_over_another_is_the_same_as_a_clean_one() {
    let portal = portal();
    is_as_clean(&portal, "first");
    is_as_clean(&portal, "unchanged");
    let portal = portal.with("catalog-data/manual/cart.yaml", &component("cart", "team-b"));
    is_as_clean(&portal, "another owner");
    let portal = portal.with("catalog-data/manual/new.yaml", &component("new", "team-b"));
    is_as_clean(&portal, "one more");
    fs::remove_file(portal.path().join("catalog-data/manual/stock.yaml")).expect("there");
    is_as_clean(&portal, "one less");
    let portal = portal.with("catalog-data/manual/orders.yaml", &component("commandes", "team-a"));
    is_as_clean(&portal, "another name");
    let portal = portal.with("site-templates/styles/9-own.css", "main { color: teal }\n");
    is_as_clean(&portal, "another style");
    let portal = portal.with("callboard.yaml", "title: Other\nsite: {languages: [fr, en]}\n");
    is_as_clean(&portal, "other settings");
    is_as_clean(&portal, "unchanged at the end");
}

#[test]
fn only_what_a_change_touches_is_written() {
    let portal = portal();
    for _ in 0..2 {
        assert_eq!(portal.run(&["build"]).code, 0);
    }
    let inode = |path: &str| fs::metadata(portal.path().join("site").join(path)).expect(path).ino();
    let [cart, stock] =
        ["cart", "stock"].map(|name| format!("catalog/default/component/{name}.html"));
    let before = [inode(&cart), inode(&stock)];
    let text = component("cart", "team-a").replace("production", "deprecated");
    fs::write(portal.path().join("catalog-data/manual/cart.yaml"), text).expect("writable");
    let ran = portal.run(&["build"]);
    assert!(ran.stdout.contains("files written"), "{}", ran.stdout);
    assert_ne!(inode(&cart), before[0]);
    assert_eq!(inode(&stock), before[1], "an unaffected page was written again");
    let unchanged = portal.run(&["build"]);
    assert!(unchanged.stdout.contains("0 files written"), "{}", unchanged.stdout);
}

#[test]
fn a_site_that_was_tampered_with_or_lost_its_record_is_made_anew() {
    let portal = portal();
    is_as_clean(&portal, "first");
    fs::remove_dir_all(portal.path().join(".callboard/build")).expect("there");
    is_as_clean(&portal, "no records");
    let records = portal.path().join(".callboard/build");
    for record in fs::read_dir(records).expect("there") {
        fs::write(record.expect("an entry").path(), "callboard site 1\nnonsense")
            .expect("writable");
    }
    is_as_clean(&portal, "broken records");
    fs::remove_dir_all(portal.path().join("site")).expect("there");
    is_as_clean(&portal, "no site");
    is_as_clean(&portal, "a hidden tree of another time");
}

#[test]
fn parts_that_several_machines_build_are_the_whole_site() {
    let portal = portal();
    for part in ["1/3", "2/3", "3/3"] {
        let out = format!("part-{}", &part[..1]);
        let ran = portal.run(&["build", "--shard", part, "--out", &out]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let missing = portal.run(&["merge", "part-1", "part-3"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("part 2/3 is missing"), "{}", missing.stderr);
    let ran = portal.run(&["merge", "part-1", "part-2", "part-3"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(portal.run(&["build", "--clean", "--out", "clean"]).code, 0);
    assert!(tree(&portal.path().join("site")) == tree(&portal.path().join("clean")));

    let portal = portal.with("catalog-data/manual/new.yaml", &component("new", "team-b"));
    assert_eq!(portal.run(&["build", "--shard", "2/3", "--out", "part-2"]).code, 0);
    let other = portal.run(&["merge", "part-1", "part-2", "part-3"]);
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("part-2: this part is of another site"), "{}", other.stderr);
}

#[test]
fn a_link_that_leads_nowhere_is_told_and_can_fail_the_build() {
    let portal = portal().with(
        "site-templates/pages/404.html",
        "{% extends \"pages/frame.html\" %}{% block main %}<h1>404</h1><a href=\"gone.html\">x</a><a href=\"#nowhere\">y</a>{% endblock %}",
    );
    let ran = portal.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for line in [
        "404.html: the link `gone.html` leads nowhere",
        "404.html: the link `#nowhere` names no place",
    ] {
        assert!(ran.stderr.contains(line), "{line} is missing in\n{}", ran.stderr);
    }
    assert_eq!(portal.run(&["build", "--clean", "--strict"]).code, 1);
}
