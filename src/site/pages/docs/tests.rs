//! Sites with documentation, in memory.

use std::collections::BTreeMap;

use crate::{
    base::fs::MemorySink,
    catalog::{docs, history::History, load_from},
    site::{
        Record, Shard, build,
        input::{Documentation, Freshness, Input, Settings},
    },
};

const CART: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  annotations:\n    \
    backstage.io/view-url: https://github.com/o/r/blob/main/catalog-info.yaml\n    \
    backstage.io/edit-url: https://github.com/o/r/edit/main/catalog-info.yaml\n    \
    backstage.io/techdocs-ref: dir:.\nspec: {type: service, lifecycle: production, owner: x}\n---\n\
    apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: other\n  annotations:\n    \
    backstage.io/techdocs-entity: component:default/cart\n\
    spec: {type: service, lifecycle: production, owner: x}\n";

fn site(languages: &[&str], files: &[(&str, &str)]) -> (BTreeMap<String, String>, Vec<String>) {
    let mut all: BTreeMap<String, String> = files
        .iter()
        .map(|(path, text)| {
            (format!("catalog-data/docs/git/component/default/cart/{path}"), (*text).to_owned())
        })
        .collect();
    all.insert("catalog-data/entities/git/component/default/cart.yaml".into(), CART.into());
    let (catalog, _) = load_from(&all, &[]).expect("readable");
    let docs = docs::load(&all, &catalog).expect("readable");
    let settings = Settings {
        languages: languages.iter().map(|code| (*code).to_owned()).collect(),
        ..Settings::default()
    };
    let input = Input {
        lints: &[],
        catalog: &catalog,
        diagnostics: &docs.problems,
        settings: &settings,
        freshness: &Freshness::default(),
        history: &History::default(),
        runs: &[],
        requests: &std::collections::BTreeMap::new(),
        claims: &std::collections::BTreeMap::new(),
        docs: Some(Documentation { docs: &docs, files: &all }),
        theme: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let sink = MemorySink::default();
    let report = build(&input, &sink, &Record::default(), Shard::WHOLE).expect("a site");
    let broken = report.broken.iter().map(|b| format!("{} {}", b.page, b.address)).collect();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let written = sink.into_files().into_iter();
    (written.map(|(path, bytes)| (path.as_str().to_owned(), text(bytes))).collect(), broken)
}

const DOCS: &[(&str, &str)] = &[
    ("mkdocs.yml", "site_name: The cart\nnav: [index.md, Guide: [guide/run.md]]\n"),
    (
        "docs/index.md",
        "# Cart\n\nKeeps *lines*.\n\n[run](guide/run.md#go) ![i](img/i.svg) [s](../src/x.rs) [no](no.md)\n",
    ),
    ("docs/guide/run.md", "Before.\n\n## Go\n\n## Go\n\n[back](../index.md) ![i](../img/i.svg)\n"),
    ("docs/img/i.svg", "<svg width='4' height='2'/>"),
];

#[test]
fn documentation_pages_link_to_pages_images_and_their_source() {
    let (files, broken) = site(&["en", "fr"], DOCS);
    assert_eq!(broken, [""; 0]);
    let index = &files["docs/default/component/cart/index.html"];
    for part in [
        "<h1 id=\"cart\">",
        "<a href=\"guide/run.html#go\">run</a>",
        "<img src=\"../../../../docs/default/component/cart/img/i.svg\" alt=\"i\" width=\"4\" height=\"2\"",
        "<a href=\"https://github.com/o/r/blob/main/src/x.rs\">s</a>",
        "<span class=\"gone\">no</span>",
        "href=\"https://github.com/o/r/edit/main/docs/index.md\"",
        "<title>Cart · The cart · Callboard</title>",
        "rel=\"next\" href=\"../../../../docs/default/component/cart/guide/run.html\"",
    ] {
        assert!(index.contains(part), "no {part} in\n{index}");
    }
    let run = &files["docs/default/component/cart/guide/run.html"];
    assert!(run.contains("<a href=\"../index.html\">back</a>"), "{run}");
    assert!(run.contains("<h1>run</h1>") || run.contains("<h1>Go</h1>"), "{run}");
    assert!(run.contains("id=\"go\"") && run.contains("id=\"go-1\""), "{run}");
    let french = &files["fr/docs/default/component/cart/index.html"];
    assert!(french.contains("src=\"../../../../../docs/default/component/cart/img/i.svg\""));
    assert!(files.contains_key("docs/default/component/cart/img/i.svg"));
    assert!(files["docs.html"].contains("href=\"docs/default/component/cart/index.html\""));
    for entity in ["cart", "other"] {
        let page = &files[&format!("catalog/default/component/{entity}.html")];
        assert!(page.contains("Keeps lines."), "{page}");
        assert!(page.contains("href=\"../../../docs/default/component/cart/guide/run.html\""));
    }
    assert!(files["health.html"].contains("broken-docs-link"));
}

#[test]
fn a_site_without_documentation_has_no_link_to_it() {
    let (files, _) = site(&["en"], &[]);
    assert!(!files.contains_key("docs.html"));
    assert!(!files["index.html"].contains("docs.html"));
}

#[test]
fn the_first_page_is_the_index_and_file_names_are_ascii() {
    let (files, broken) = site(
        &["en"],
        &[
            ("docs/a b.md", "# A\n[c](<é \"'.md>) [d](D.md)\n"),
            ("docs/é \"'.md", "# C\n"),
            ("docs/d.md", "# D\n"),
            ("docs/D.md", "# D2\n"),
        ],
    );
    assert_eq!(broken, [""; 0]);
    let pages: Vec<_> = files.keys().filter(|path| path.starts_with("docs/default")).collect();
    assert_eq!(pages.len(), 4, "{pages:?}");
    assert!(pages.iter().all(|path| path.chars().all(|c| c.is_ascii_graphic())), "{pages:?}");
    let lower: std::collections::BTreeSet<_> =
        pages.iter().map(|path| path.to_lowercase()).collect();
    assert_eq!(lower.len(), 4);
    assert!(files.contains_key("docs/default/component/cart/index.html"));
}

#[test]
fn hostile_documentation_adds_no_scripts_and_no_second_ids() {
    let nasty = "# <script>alert(1)</script> \u{202e}x\n\n<img src=x onerror=alert(1)>\n\n\
        [a](javascript:alert(1)) [b](../../../../../etc/passwd) [c](//evil.example) ![d](http://x/y.png) ![s](script.svg)\n\n\
        !!! note \"</div><script>\"\n    </div>\n\n## main\n\n## nav\n\n## search\n\n{{ page.root }} {% raw %}\n";
    let deep = format!("{}x", "> ".repeat(50_000));
    let long = "é".repeat(10_000);
    let heading = format!("# {long}\n");
    let (files, broken) = site(
        &["en"],
        &[
            (
                "mkdocs.yml",
                "site_name: '<script>'\nnav: [{'<b>': index.md}, {'\"x': 'javascript:alert(1)'}, {z: 'javascript://x'}]\n",
            ),
            ("docs/index.md", nasty),
            ("docs/deep.md", &deep),
            ("docs/long.md", &heading),
            ("docs/script.svg", "<svg onload='x'><script>x</script><g/></svg>"),
        ],
    );
    assert_eq!(broken, [""; 0]);
    let page = &files["docs/default/component/cart/index.html"];
    let main = &page[page.find("<main").expect("main")..];
    assert!(!main.contains("<script") && !page.contains("onerror=alert(1)>\n<"), "{main}");
    assert!(!page.contains("href=\"javascript") && !page.contains('\u{202e}'), "{page}");
    assert!(main.contains("{{ page.root }} {% raw %}"));
    for id in ["main", "nav", "search"] {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    let drawing = &files["docs/default/component/cart/script.svg"];
    assert_eq!(drawing, "<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>\n");
    assert_eq!(files["docs/default/component/cart/deep.html"].matches("<blockquote>").count(), 10);
    assert!(files.contains_key("docs/default/component/cart/long.html"));
}

#[test]
fn a_large_navigation_shows_the_entries_around_the_current_page() {
    let pages: Vec<_> = (0..80).map(|n| format!("docs/part-{}/{n}.md", n % 8)).collect();
    let files: Vec<_> = pages.iter().map(|path| (path.as_str(), "# T\n")).collect();
    let (files, _) = site(&["en"], &files);
    let page = &files["docs/default/component/cart/part-3/3.html"];
    let nav =
        &page[page.find("docs-nav").expect("a navigation")..page.find("<main").expect("main")];
    assert_eq!(nav.matches("<li").count(), 8 + 10);
}
