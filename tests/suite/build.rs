//! `callboard build` over an earlier site, in shards, and over damaged files: the result always equals that of a
//! clean build.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt};

use callboard_testing::{Portal, component, group};

use crate::{program::RunProgram, sample::tree};

fn portal() -> Portal {
    let mut portal = Portal::new()
        .with("catalog-data/manual/team-a.yaml", group("team-a", ""))
        .with("catalog-data/manual/team-b.yaml", group("team-b", ""));
    for name in ["cart", "orders", "stock"] {
        portal =
            portal.with(&format!("catalog-data/manual/{name}.yaml"), component(name, "team-a", ""));
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
    let portal = portal.with("catalog-data/manual/cart.yaml", component("cart", "team-b", ""));
    is_as_clean(&portal, "another owner");
    let portal = portal.with("catalog-data/manual/new.yaml", component("new", "team-b", ""));
    is_as_clean(&portal, "one more");
    fs::remove_file(portal.path().join("catalog-data/manual/stock.yaml")).expect("there");
    is_as_clean(&portal, "one less");
    let portal =
        portal.with("catalog-data/manual/orders.yaml", component("commandes", "team-a", ""));
    is_as_clean(&portal, "another name");
    let named = group("team-b", "title: Équipe B");
    let portal = portal.with("catalog-data/manual/team-b.yaml", named);
    is_as_clean(&portal, "another title of a neighbour");
    let told = component("new", "team-c", "").replace(
        "name: new",
        "name: new, description: '[x](y)', annotations: {backstage.io/source-location: 'url:https://a.example/b/'}",
    );
    let portal = portal.with("catalog-data/manual/new.yaml", &told);
    is_as_clean(&portal, "a description, and an owner that is not there");
    let portal = portal.with("catalog-data/manual/team-c.yaml", group("team-c", ""));
    is_as_clean(&portal, "the owner comes");
    let portal = portal.with(
        "catalog-data/manual/new.yaml",
        told.replace("a.example", "b.example").replace("type: service", "type: library"),
    );
    is_as_clean(&portal, "another base of links");
    let portal = portal.with("site-templates/styles/9-own.css", "main { color: teal }\n");
    is_as_clean(&portal, "another style");
    let portal = portal.with("callboard.yaml", "title: Other\nsite: {languages: [fr, en]}\n");
    is_as_clean(&portal, "other settings");
    is_as_clean(&portal, "unchanged at the end");
}

/// A component that says a lot, so that the search index of several hundred is cut into parts.
fn talkative(number: usize) -> String {
    let words: Vec<_> = (0..90).map(|at| format!("w{:x}", (number * 97 + at) * 7919)).collect();
    let description = format!("description: {}", words.join(" "));
    component(&format!("c{number}"), "team-a", "")
        .replace("metadata: {", &format!("metadata: {{{description}, "))
}

#[test]
fn unchanged_parts_of_the_index_are_not_written() {
    let mut portal = portal();
    for number in 0..400 {
        portal = portal.with(&format!("catalog-data/manual/c{number}.yaml"), talkative(number));
    }
    assert_eq!(portal.run(&["build"]).code, 0);
    let parts = |portal: &Portal| {
        let folder = fs::read_dir(portal.path().join("site/search/parts")).expect("an index");
        let inode =
            |entry: fs::DirEntry| (entry.file_name(), entry.metadata().expect("a file").ino());
        folder.map(|entry| inode(entry.expect("readable"))).collect::<BTreeMap<_, _>>()
    };
    let before = parts(&portal);
    for step in ["first change", "second change"] {
        let text = talkative(7).replace("description: ", &format!("description: {step} "));
        portal = portal.with("catalog-data/manual/c7.yaml", &text);
        is_as_clean(&portal, step);
        let after = parts(&portal);
        let kept = after.iter().filter(|(name, inode)| before.get(*name) == Some(inode)).count();
        assert!(before.len() > 8 && kept > before.len() / 2, "{kept} of {}", before.len());
        assert!(after.keys().any(|name| !before.contains_key(name)), "nothing changed");
    }
}

#[test]
fn only_changed_files_are_written() {
    let portal = portal();
    for _ in 0..2 {
        assert_eq!(portal.run(&["build"]).code, 0);
    }
    let inode = |path: &str| fs::metadata(portal.path().join("site").join(path)).expect(path).ino();
    let [cart, stock] =
        ["cart", "stock"].map(|name| format!("catalog/default/component/{name}.html"));
    let before = [inode(&cart), inode(&stock)];
    let text = component("cart", "team-a", "").replace("production", "deprecated");
    fs::write(portal.path().join("catalog-data/manual/cart.yaml"), text).expect("writable");
    let ran = portal.run(&["build"]);
    assert!(ran.stdout.contains("files written"), "{}", ran.stdout);
    assert_ne!(inode(&cart), before[0]);
    assert_eq!(inode(&stock), before[1], "an unaffected page was written again");
    let unchanged = portal.run(&["build"]);
    assert!(unchanged.stdout.contains("0 files written"), "{}", unchanged.stdout);
}

#[test]
fn a_commit_to_one_entity_of_a_source_leaves_the_pages_of_the_others() {
    let file =
        |name: &str| format!("catalog-data/entities/inventory/component/default/{name}.yaml");
    let ignored = "/site\n/clean\n/.site.next\n/.clean.next\n/.callboard\n";
    let mut portal = portal()
        .with("callboard.yaml", "title: Test\nsources: [inventory]\n")
        .with("catalog-data/sources/inventory.yaml", "kind: file\npath: data\nglobs: ['*.yaml']\n")
        .with(".gitignore", ignored);
    for name in ["pay", "ship"] {
        portal = portal.with(&file(name), component(name, "team-a", ""));
    }
    portal.commit("both");
    is_as_clean(&portal, "first");
    is_as_clean(&portal, "second");
    let page = portal.path().join("site/catalog/default/component/ship.html");
    let before = fs::metadata(&page).expect("a page").ino();
    let told =
        component("pay", "team-a", "").replace("name: pay", "name: pay, description: Takes money");
    let portal = portal.with(&file("pay"), &told);
    portal.commit("one");
    is_as_clean(&portal, "after the commit");
    assert_eq!(fs::metadata(&page).expect("a page").ino(), before, "written again");
}

#[test]
fn a_changed_site_or_a_lost_record_leads_to_a_full_build() {
    let portal = portal();
    let site = portal.path().join("site");
    is_as_clean(&portal, "first");
    fs::remove_dir_all(portal.path().join(".callboard/build")).expect("there");
    is_as_clean(&portal, "no records");
    for folder in fs::read_dir(portal.path().join(".callboard/build")).expect("there") {
        let folder = folder.expect("an entry").path();
        for record in fs::read_dir(folder).into_iter().flatten() {
            fs::write(record.expect("an entry").path(), "callboard site 3 nonsense")
                .expect("writable");
        }
    }
    is_as_clean(&portal, "broken records");
    fs::write(site.join("index.html"), "edited").expect("writable");
    is_as_clean(&portal, "an edited page");
    let page = fs::read(site.join("index.html")).expect("readable");
    fs::write(site.join("index.html"), page.to_ascii_uppercase()).expect("writable");
    is_as_clean(&portal, "a page edited to the same length");
    fs::write(site.join("catalog/mine.html"), "mine").expect("writable");
    is_as_clean(&portal, "a foreign file");
    fs::remove_file(site.join("teams.html")).expect("there");
    is_as_clean(&portal, "a page less");
    is_as_clean(&portal, "nothing changed");
    fs::write(portal.path().join(".site.next/teams.html"), "half").expect("there");
    fs::remove_file(portal.path().join(".site.next/.callboard-build")).expect("there");
    is_as_clean(&portal, "a build that was killed");
    fs::remove_dir_all(&site).expect("there");
    is_as_clean(&portal, "no site");
    is_as_clean(&portal, "a hidden tree of another time");
}

#[test]
fn two_sites_of_a_portal_know_their_own_records() {
    let portal = portal();
    for out in ["one", "two", "one", "two"] {
        assert_eq!(portal.run(&["build", "--out", out]).code, 0);
    }
    let ran = portal.run(&["build", "--out", "one"]);
    assert!(ran.stdout.contains("0 files written"), "{}", ran.stdout);
    assert_eq!(portal.read(".callboard/.gitignore"), "*\n");
}

#[test]
fn a_site_has_one_record_however_its_path_is_written() {
    let portal = portal();
    let absolute = portal.path().join("catalog-data/../site");
    for out in ["site", "./site", absolute.to_str().expect("UTF-8")] {
        assert_eq!(portal.run(&["build", "--out", out]).code, 0);
    }
    let sites = fs::read_dir(portal.path().join(".callboard/build")).expect("records");
    let names: Vec<_> = sites.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 2, "one folder and its lock: {names:?}");
}

#[test]
fn pages_are_complete_while_a_build_replaces_them() {
    let portal = portal();
    assert_eq!(portal.run(&["build"]).code, 0);
    let pages = ["index.html", "catalog/default/component/cart.html", "catalog/components.html"]
        .map(|page| portal.path().join("site").join(page));
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                for page in &pages {
                    let text = fs::read_to_string(page).expect("a page is there at any time");
                    assert!(text.trim_end().ends_with("</html>"), "half a page");
                    reads += 1;
                }
            }
            reads
        });
        for title in ["One", "Two", "Three"] {
            let settings = portal.path().join("callboard.yaml");
            fs::write(settings, format!("title: {title}\n")).expect("writable");
            assert_eq!(portal.run(&["build"]).code, 0);
        }
        assert_eq!(portal.run(&["build", "--clean"]).code, 0);
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(reader.join().expect("no panic") > 10);
    });
}

#[test]
fn merged_shards_are_the_whole_site() {
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

    let portal = portal.with("catalog-data/manual/new.yaml", component("new", "team-b", ""));
    assert_eq!(portal.run(&["build", "--shard", "2/3", "--out", "part-2"]).code, 0);
    let other = portal.run(&["merge", "part-1", "part-2", "part-3"]);
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("part-2: this part is of another site"), "{}", other.stderr);
}

const MISSING: &str = "site-templates/pages/404.html";

fn missing_page(body: &str) -> String {
    format!(
        "{{% extends \"pages/frame.html\" %}}{{% block main %}}<h1>404</h1>{body}{{% endblock %}}"
    )
}

#[test]
fn a_broken_link_is_a_warning_and_fails_a_strict_build() {
    let body = r##"<a href="gone.html">x</a><a href="#nowhere">y</a><a href="place.svg#no">"##;
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"here\"/>";
    let portal = portal()
        .with(MISSING, missing_page(body))
        .with("site-templates/assets/root/place.svg", svg);
    for step in ["clean", "nothing changed"] {
        let ran = portal.run(&["build"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for line in [
            "404.html: the link `gone.html` leads nowhere",
            "404.html: the link `#nowhere` names no place",
            "404.html: the link `place.svg#no` names no place",
        ] {
            assert!(ran.stderr.contains(line), "{step}: {line} is missing in\n{}", ran.stderr);
        }
    }
    assert_eq!(portal.run(&["build", "--strict"]).code, 1);
    for part in ["1/2", "2/2"] {
        assert_eq!(portal.run(&["build", "--shard", part, "--out", &part[..1]]).code, 0);
    }
    let merged = portal.run(&["merge", "1", "2", "--strict"]);
    assert!(merged.stderr.contains("the link `place.svg#no`"), "{}", merged.stderr);
    assert_eq!(merged.code, 1);
}

/// What the links of kept pages lead to can go away or lose a place, without the pages changing.
#[test]
fn a_reused_page_is_checked_again_when_the_target_of_its_link_is_removed() {
    let about = "site-templates/assets/root/place.svg";
    let svg = |id: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\"/>");
    let links =
        r##"<a href="catalog/default/component/stock.html">x</a><a href="place.svg#here">y</a>"##;
    let portal = portal().with(MISSING, missing_page(links)).with(about, svg("here"));
    let told = |portal: &Portal| {
        let ran = portal.run(&["build"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stderr.lines().filter(|line| line.contains("the link")).count()
    };
    assert_eq!(told(&portal), 0);
    fs::remove_file(portal.path().join("catalog-data/manual/stock.yaml")).expect("there");
    assert_eq!(told(&portal), 1, "the page is gone");
    let portal = portal.with("catalog-data/manual/stock.yaml", component("stock", "team-a", ""));
    assert_eq!(told(&portal), 0, "it is back");
    let portal = portal.with(about, svg("there"));
    assert_eq!(told(&portal), 1, "the place is gone");
}
