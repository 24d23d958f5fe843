//! Whole sites: links, hostile content, the same bytes, pages and their numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs::MemorySink,
        path::RelativePath,
    },
    catalog::{
        Catalog, Entity, diff,
        history::{Commit, Event, EventKind, History, SourceChange},
        testing::{entities, entity},
    },
    site::{
        Record, Run, RunDrift, RunEffect, RunLink, RunNeed, RunStep, RunText, RunWait, Shard,
        SourceFailure, SourceState, Status, build,
        input::{Freshness, Input, Settings},
        pages::ROWS,
    },
};

pub(crate) type Files = BTreeMap<String, String>;

pub(crate) fn simple(kind: &str, name: &str, spec: Value) -> Entity {
    entity(json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": kind,
        "metadata": {"name": name, "tags": ["java", "c++"], "description": format!("About {name}.")},
        "spec": spec,
    }))
}

/// One entity of each kind, an unknown kind, a cycle of teams, dangling references.
pub(crate) fn sample() -> Vec<Entity> {
    entities(include_str!("tests.yaml"))
}

fn run() -> Run {
    let time = jiff::Timestamp::from_second(1_700_000_000).ok();
    Run {
        id: "2026 new/cart".into(),
        template: "service".into(),
        requester: "user:default/ann".into(),
        status: Status::Failed,
        created: time,
        finished: time,
        steps: vec![RunStep {
            id: "a".into(),
            name: "Log".into(),
            action: "debug:log".into(),
            status: Status::Failed,
            started: time,
            finished: time,
            message: Some("<b>no</b>".into()),
            item: Some("<b>item</b>".into()),
            effects: vec![RunEffect {
                summary: "<b>makes</b>".into(),
                target: "<b>there</b>".into(),
                status: Status::Asking,
            }],
            log: vec!["<b>log</b>".into()],
            links: vec![RunLink {
                title: "<b>out</b>".into(),
                url: "javascript://alert(1)".into(),
            }],
        }],
        values: serde_json::from_value(
            json!({"<b>name</b>": "<b>value</b>", "password": "NAME_OF_A_SECRET"}),
        )
        .expect("a map"),
        texts: vec![RunText { title: Some("<b>t</b>".into()), content: "<b>text</b>".into() }],
        links: vec![
            RunLink { title: "Cart".into(), url: "component:default/cart".into() },
            RunLink { title: "Trap".into(), url: "javascript:alert(1)".into() },
        ],
        approvers: vec!["user:default/ann".into(), "<b>bob</b>".into()],
        pull_request: Some("javascript:alert(1)".into()),
        job: Some("mailto:a@x.example".into()),
        need: Some(RunNeed { effect: Some("<i>".into()), command: "say '<i>'".into() }),
        wait: Some(RunWait::Run("<b>other</b>".into())),
        deviation: vec!["files/<b>evil</b>".into()],
        drift: Some(RunDrift { at: None, differences: vec!["`<i>` is gone".into()] }),
    }
}

/// A commit: a component was renamed and has another owner, another was added, a third removed.
pub(crate) fn history() -> History {
    let change = |field: &str, from: &str, to: &str| diff::FieldChange {
        field: field.into(),
        from: Some(from.into()),
        to: Some(to.into()),
    };
    let event = |entity: &str, what, changes| Event {
        entity: entity.into(),
        title: None,
        owner: Some("group:default/shop".into()),
        what,
        changes,
    };
    let owner = vec![change("owner", "group:default/old", "group:default/shop")];
    let events = vec![
        event(
            "component:default/cart",
            EventKind::Renamed("component:default/basket".into()),
            owner,
        ),
        event("component:default/lost", EventKind::Added, Vec::new()),
        event("component:default/gone", EventKind::Removed, vec![change("<b>", "<i>", "\u{202e}")]),
    ];
    let source = SourceChange { source: "org".into(), files: 3, is_new: false, events };
    let time = jiff::Timestamp::from_second(1_700_000_000).expect("a time");
    let commit = Commit {
        id: "0123456789abcdef".into(),
        time,
        author: Some("Ann".into()),
        sources: vec![source],
    };
    History { commits: vec![commit], is_whole: true }
}

pub(crate) fn site_of(entities: Vec<Entity>) -> Files {
    let catalog = Catalog::new(entities);
    let diagnostics =
        [Diagnostic::warning("odd", Place::file("catalog-data/manual/cart.yaml"), "`x` <is> odd")];
    let since = jiff::Timestamp::from_second(1_700_000_000).expect("a time");
    let failure = Some(SourceFailure { since, reason: "HTTP 500".into() });
    let freshness = Freshness {
        commit: Some("1a2b3c4".into()),
        as_of: Some(since),
        sources: vec![SourceState { name: "org".into(), failure, ..SourceState::default() }],
    };
    let sink = MemorySink::default();
    let input = Input {
        catalog: &catalog,
        diagnostics: &diagnostics,
        lints: &[],
        settings: &Settings { url: Some("https://portal.example/".into()), ..Settings::default() },
        freshness: &freshness,
        history: &history(),
        docs: None,
        runs: &[run()],
        requests: &std::collections::BTreeMap::new(),
        claims: &std::collections::BTreeMap::new(),
        theme: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let report = build(&input, &sink, &Record::default(), Shard::WHOLE).expect("a site");
    assert_eq!(report.broken, [], "links that lead nowhere");
    let files = sink.into_files();
    assert_eq!(report.files, files.len(), "a file was written twice");
    files
        .into_iter()
        .map(|(path, bytes)| (path.to_string(), String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

fn pages(files: &Files) -> impl Iterator<Item = (&String, &String)> {
    files.iter().filter(|(path, _)| path.ends_with(".html"))
}

/// All values of an attribute in the HTML.
fn attributes<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    let start = format!(" {name}=\"");
    html.match_indices(&start.clone())
        .map(|(at, _)| {
            let value = &html[at + start.len()..];
            &value[..value.find('"').unwrap_or(0)]
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Path and anchor of a link, resolved against its page; `None` for a link to another host.
fn target(page: &str, link: &str) -> Option<(String, Option<String>)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = match link.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_owned())),
        None => (link, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    if let Some(path) = path.strip_prefix('/') {
        return Some((path.to_owned(), anchor));
    }
    let mut parts: Vec<_> = page.split('/').collect();
    parts.pop();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        match part {
            ".." => assert!(parts.pop().is_some(), "{page}: {link} leaves the site"),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some((if path.is_empty() { page.to_owned() } else { joined }, anchor))
}

#[test]
fn every_link_of_a_site_has_a_target() {
    let files = site_of(sample());
    let mut checked = 0;
    for (page, html) in pages(&files) {
        for link in attributes(html, "href").chain(attributes(html, "src")) {
            let Some((path, anchor)) = target(page, link) else {
                continue;
            };
            checked += 1;
            let found = files.get(&path).unwrap_or_else(|| panic!("{page}: no `{link}`"));
            if let Some(anchor) = anchor {
                assert!(found.contains(&format!(" id=\"{anchor}\"")), "{page}: no `{link}`");
            }
        }
    }
    assert!(checked > 500, "{checked}");
}

#[test]
fn every_entity_has_its_page_and_every_kind_its_list() {
    let entities = sample();
    let files = site_of(entities.clone());
    for entity in &entities {
        let path = super::text::address::entity_page(&entity.reference);
        let page = files.get(&path).unwrap_or_else(|| panic!("no {path}"));
        assert!(page.contains(entity.title()) && page.contains("About "), "{path}");
    }
    for list in ["components", "apis", "groups", "users", "locations", "templates", "robots"] {
        assert!(files.contains_key(&format!("catalog/{list}.html")), "{list}");
    }
    assert!(files["catalog/robots.html"].contains("catalog/default/robot/arm.html"));
    // Teams in a cycle are in the tree, too.
    assert!(files["teams.html"].contains("group/egg.html"));
    assert!(files["teams.html"].contains("group/hen.html"));
}

#[test]
fn relations_are_on_both_pages_and_missing_targets_are_named() {
    let files = site_of(sample());
    let cart = &files["catalog/default/component/cart.html"];
    assert!(cart.contains("Depends on 1 component"), "{cart}");
    assert!(cart.contains("1 not in the catalog") && cart.contains("nowhere"), "{cart}");
    assert!(files["catalog/default/resource/db.html"].contains("Used by 1 component"));
    assert!(files["catalog/default/api/orders.html"].contains("Provided by 1 component"));
    let health = &files["health.html"];
    assert!(health.contains("<code>x</code> &lt;is&gt; odd"));
    // The owner, and the page with the owner's problems.
    assert!(health.contains("health/default/group/shop.html"), "{health}");
    assert!(files["health/default/group/shop.html"].contains("component/cart.html"));
    let shop = &files["catalog/default/group/shop.html"];
    assert!(shop.contains("health/default/group/shop.html"), "{shop}");
}

#[test]
fn the_page_of_a_run_has_the_values_for_starting_over_and_no_names_of_secrets() {
    let files = site_of(sample());
    let page = &files["runs/~2026~20~new~2f~cart.html"];
    let values = r#"data-values="{&quot;&lt;b&gt;name&lt;/b&gt;&quot;:&quot;&lt;b&gt;value&lt;/b&gt;&quot;}""#;
    assert!(page.contains(values), "{page}");
    assert!(page.contains("template/service.html?from=2026%20new%2Fcart#form"), "{page}");
    assert!(files.values().all(|file| !file.contains("NAME_OF_A_SECRET")));
}

#[test]
fn hostile_entities_are_escaped() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut entities = sample();
    entities.push(entity(json!({
        "apiVersion": "v1", "kind": "Component",
        "metadata": {
            "name": "evil", "title": format!("\u{202e}{evil}"),
            "description": format!("{evil}\n\n[click](javascript:alert(1)) ![x](javascript:alert(1))"),
            "tags": [evil], "labels": {"x": evil}, "annotations": {"backstage.io/view-url": "javascript:alert(1)"},
            "links": [{"url": "javascript:alert(1)", "title": evil}, {"url": "vbscript:x", "icon": evil}]
        },
        "spec": {"type": evil, "lifecycle": evil, "owner": evil, "system": evil, evil: {"a": evil}},
    })));
    let files = site_of(entities);
    assert!(files.keys().any(|path| path == "catalog/default/component/evil.html"));
    // Pages of old addresses, which only redirect, are left out.
    let is_page = |(_, html): &(&String, &String)| !html.contains("http-equiv=\"refresh\"");
    for (page, html) in pages(&files).filter(is_page) {
        let tags = html.replace("&lt;", "");
        assert!(!tags.contains("<img"), "{page}");
        assert!(!html.contains("<script>") && html.matches("<script").count() == 2, "{page}");
        assert!(!html.contains('\u{202e}'), "{page}");
        assert_eq!(attributes(html, "style").count(), 0, "{page}");
        for link in attributes(html, "href") {
            assert!(!link.trim().to_lowercase().contains("script:"), "{page}: {link}");
        }
    }
}

#[test]
fn paged_lists_have_every_entity() {
    let number = 2 * ROWS + 1;
    let name = |at| format!("c{at:03}");
    let spec = json!({"type": "service", "lifecycle": "production", "owner": "shop"});
    let files =
        site_of((0..number).map(|at| simple("Component", &name(at), spec.clone())).collect());
    for stem in ["components", "components.type.service"] {
        let separator = if stem == "components" { '-' } else { '.' };
        let page = |at: usize| match at {
            1 => format!("catalog/{stem}.html"),
            at => format!("catalog/{stem}{separator}{at}.html"),
        };
        // A filtered list has the number of all entities, too.
        let caption = match stem {
            "components" => format!("<span data-shown aria-live=\"polite\">{number}</span>"),
            _ => format!("<span data-shown aria-live=\"polite\">{number} of {number}</span>"),
        };
        let mut listed = BTreeSet::new();
        for at in 1..=3 {
            let html = &files[&page(at)];
            assert!(html.contains(&caption), "{}", page(at));
            listed.extend((0..number).filter(|at| html.contains(&format!("/{}.html", name(*at)))));
        }
        assert_eq!(listed.len(), number);
        assert!(!files.contains_key(&page(4)));
    }
}

#[test]
fn one_thread_and_eight_write_the_same_bytes() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| site_of(sample()))
    };
    let (one, eight) = (with(1), with(8));
    let different: Vec<_> =
        one.iter().filter(|(path, text)| eight.get(*path) != Some(text)).collect();
    assert!(different.is_empty() && one.len() == eight.len(), "{different:?}");
}

#[test]
fn an_empty_catalog_makes_a_site_with_hints() {
    let files = site_of(Vec::new());
    assert!(files["index.html"].contains("Nothing here yet"));
    assert!(files["catalog/components.html"].contains("No components yet"));
}

#[test]
fn a_portal_replaces_files_of_the_theme_and_gets_errors_for_invalid_ones() {
    let theme = tempfile::tempdir().expect("a scratch directory");
    let catalog = Catalog::new(sample());
    let (settings, freshness) = (Settings::default(), Freshness::default());
    let input = Input {
        catalog: &catalog,
        diagnostics: &[],
        lints: &[],
        settings: &settings,
        freshness: &freshness,
        history: &history(),
        docs: None,
        runs: &[],
        requests: &std::collections::BTreeMap::new(),
        claims: &std::collections::BTreeMap::new(),
        theme: Some(theme.path()),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let write_file = |name, text: &[u8]| {
        crate::base::fs::write_atomic(&theme.path().join(name), text).expect("writable");
    };
    let write = |text: &[u8]| write_file("pages/about.html", text);
    // One message is replaced; the others are those of the theme.
    write_file("messages/en.yaml", b"nav.home: Accueil\n");
    write(b"{{ site.title }} is ours, [[ nav.home ]], [[ nav.teams ]]");
    let sink = MemorySink::default();
    build(&input, &sink, &Record::default(), Shard::WHOLE).expect("a site");
    let about = RelativePath::new("about.html").expect("a path");
    assert_eq!(sink.into_files()[&about], b"Callboard is ours, Accueil, Teams");

    write(b"\n{{ site. }}");
    let error = build(&input, &MemorySink::default(), &Record::default(), Shard::WHOLE)
        .expect_err("a mistake")
        .to_string();
    assert!(error.contains("pages/about.html:2"), "{error}");

    let accent = Settings { accent: Some("red;} body{display:none".into()), ..Settings::default() };
    let input = Input { settings: &accent, theme: None, ..input };
    assert!(matches!(
        build(&input, &MemorySink::default(), &Record::default(), Shard::WHOLE),
        Err(super::Error::Accent(_))
    ));
}

#[test]
fn json_and_markdown_have_the_content_of_the_pages() {
    let files = site_of(sample());
    let json: Value =
        serde_json::from_str(&files["catalog/default/component/cart.json"]).expect("JSON");
    assert_eq!(json["metadata"]["namespace"], "default");
    let relations = json["relations"].as_array().expect("a list");
    let owner = json!({"type": "ownedBy", "targetRef": "group:default/shop"});
    assert!(relations.contains(&owner), "{relations:?}");
    let markdown = &files["catalog/default/component/cart.md"];
    assert!(markdown.contains("- [shop](../../../catalog/default/group/shop.md)"), "{markdown}");
    assert!(markdown.contains("`component:default/nowhere` (Not in the catalog)"), "{markdown}");
    let listing: Value = serde_json::from_str(&files["catalog.json"]).expect("JSON");
    let mut listed = 0;
    for kind in listing["kinds"].as_array().expect("a list") {
        for file in kind["files"].as_array().expect("a list") {
            let rows: Value =
                serde_json::from_str(&files[file.as_str().expect("a path")]).expect("JSON");
            for row in rows.as_array().expect("a list") {
                listed += 1;
                for twin in ["page", "json", "markdown"] {
                    assert!(files.contains_key(row[twin].as_str().expect("a path")), "{row}");
                }
            }
        }
    }
    assert_eq!(listed, sample().len());
    assert!(
        files["sitemap.xml"].contains("https://portal.example/catalog/default/component/cart.html")
    );
    assert!(files["robots.txt"].contains("https://portal.example/sitemap.xml"));
    assert!(files["llms.txt"].contains("(catalog/default/component/cart.md): About cart."));
}

#[test]
fn the_page_of_an_old_name_redirects_to_the_new_page() {
    let files = site_of(sample());
    let page = &files["catalog/default/component/basket.html"];
    assert!(page.contains("url=../../../catalog/default/component/cart.html"), "{page}");
    let line = "/catalog/default/component/basket.html /catalog/default/component/cart.html 301\n";
    assert_eq!(files["_redirects"], line);
}

/// The outermost elements of an XML text, whose tags must match and whose text must be escaped.
fn elements(xml: &str) -> Vec<&str> {
    let (mut open, mut outer) = (Vec::new(), Vec::new());
    let body =
        xml.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").expect("a declaration");
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        let texts = tag.split('&').skip(1).chain(text.split('&').skip(1));
        for entity in texts {
            let name = entity.split(';').next().unwrap_or_default();
            let is_known = ["amp", "lt", "gt", "quot", "apos"].contains(&name);
            assert!(is_known || name.starts_with('#'), "&{name} is no entity of XML");
        }
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if open.is_empty() => {
                outer.push(name);
                open.push(name);
            }
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    outer
}

#[test]
fn changes_are_on_pages_and_in_feeds() {
    let files = site_of(sample());
    let group = &files["changes/default/group/shop.html"];
    assert!(group.contains("2 changes") && group.contains("gone"), "{group}");
    assert!(files["changes/org.html"].contains("renamed from basket"));
    let cart = &files["catalog/default/component/cart.html"];
    assert!(cart.contains("id=\"changes\"") && cart.contains("renamed from basket"), "{cart}");
    assert!(files["changes.html"].contains("<time datetime=\"2023-11-14\""));
    for (feed, entries) in [("changes.xml", 3), ("catalog/default/group/shop.changes.xml", 2)] {
        let xml = &files[feed];
        assert!(xml.contains("<id>https://portal.example/"), "{xml}");
        assert_eq!(xml.matches("<entry>").count(), entries, "{xml}");
        assert_eq!(elements(xml), ["feed"], "{xml}");
        // The time of the feed is that of its newest change, not that of the build; the ids of its entries differ.
        assert!(xml.contains("<updated>2023-11-14T22:13:20Z</updated>\n<author>"), "{xml}");
        let ids: Vec<_> =
            xml.split("<id>").skip(1).filter_map(|id| id.split("</id>").next()).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{ids:?}");
        assert!(xml.contains("<title>cart · renamed from basket</title>"), "{xml}");
        assert!(xml.contains("Owner · group:default/old → shop"), "{xml}");
        assert!(!xml.contains("<b>") && !xml.contains('\u{202e}'), "{xml}");
    }
    assert!(!files.contains_key("catalog/default/group/hen.changes.xml"), "a feed without entries");
}
