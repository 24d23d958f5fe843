//! Requests and templates that try to read or write outside of their folders, or to inject text.

use super::{PlanRequests, REQUEST, sample, settings};
use crate::{
    base::{files::Directory, text::markdown::MOST},
    scaffold::plan,
};

const FETCH: &str = "    - action: fetch:template\n      input:\n        url: ./skeleton\n        \
                     values: {name: '${{ parameters.name }}', text: '${{ parameters.text }}'}\n";

#[test]
fn a_path_that_leaves_the_workspace_is_refused() {
    for text in
        ["../../etc/cron.d/x", "..", "a/../../b", "a\\..\\b", "x/./y", ".git/hooks/pre-push"]
    {
        let portal = sample();
        portal.small(FETCH, &[("${{ values.text }}", "x")]);
        let request = "template: small\nrequester: user:default/chloe-girard\nparameters:\n  name: cart\n  text: ";
        portal.write("scaffolds/requests/small-1.yaml", format!("{request}{text:?}\n"));
        let found = portal.problems("small-1");
        assert!(found.contains("cannot be the path of a file"), "{text}: {found}");
    }
}

#[test]
fn a_path_with_an_empty_part_is_skipped_as_in_backstage() {
    let portal = sample();
    portal.small(FETCH, &[("${{ values.nope }}/x", "x"), ("kept", "x")]);
    let plan = portal.plan("small-1").expect("a plan");
    let files: Vec<_> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["kept"]);
}

#[test]
fn folders_outside_the_template_and_the_workspace_are_refused() {
    for input in [
        "{url: ../../../../java-service}",
        "{url: /etc}",
        "{url: 'https://example.com/skeleton'}",
        "{url: ./skeleton, targetPath: ../x}",
        "{url: ./skeleton, targetPath: /tmp}",
    ] {
        let portal = sample();
        let steps = format!("    - action: fetch:template\n      input: {input}\n");
        portal.small(&steps, &[("a", "x")]);
        let found = portal.problems("small-1");
        assert!(found.contains("template.yaml:12:"), "{input}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_in_a_template_is_refused() {
    let portal = sample();
    portal.small(FETCH, &[("a", "x")]);
    let link = portal.path().join("scaffolds/templates/small/skeleton/link");
    std::os::unix::fs::symlink("/etc/passwd", link).expect("linkable");
    let found = portal.problems("small-1");
    let expected = "error: scaffolds/templates/small/template.yaml: `skeleton/link`: the symbolic \
                    link leads to `/etc/passwd`, which is not in the same folder";
    assert_eq!(found, expected);
}

#[test]
fn binary_files_are_copied_byte_for_byte() {
    let portal = sample();
    portal.small(FETCH, &[("logo.png", "\u{0}PNG ${{ values.name }}")]);
    let plan = portal.plan("small-1").expect("a plan");
    assert_eq!(plan.files[0].bytes, "\u{0}PNG ${{ values.name }}".len());
}

/// Values that would end code, open HTML, call people or make links.
const HOSTILE: &[&str] = &[
    "```` \n</details><script>alert(1)</script>\n````",
    "` @everyone `` <img src=x onerror=alert(1)>",
    "\u{1b}[2J\u{7}",
    "[x](javascript:alert(1)) | a | b |",
    "-->\n\n# Approved by @admin\n\n```suggestion",
];

#[test]
fn hostile_values_stay_inside_code_in_markdown() {
    for text in HOSTILE {
        let portal = sample();
        let steps = FETCH.to_owned()
            + "    - name: '${{ x }}'\n      action: debug:log\n      input: {message: '${{ parameters.text }}'}\n";
        portal.small(&steps, &[("${{ values.name }}.txt", "${{ values.text }}")]);
        let value = serde_json::to_string(text).expect("JSON");
        let request = format!(
            "template: small\nrequester: user:default/chloe-girard\nparameters:\n  name: {value}\n  text: {value}\n"
        );
        portal.write("scaffolds/requests/small-1.yaml", &request);
        let Ok(plan) = portal.plan("small-1") else {
            // As a file name it is refused; as a text it must be shown.
            let request = request.replacen(&value, "cart", 1);
            portal.write("scaffolds/requests/small-1.yaml", &request);
            let plan = portal.plan("small-1").expect("a plan");
            assert_contained(&plan.to_markdown(MOST));
            continue;
        };
        assert_contained(&plan.to_markdown(MOST));
        assert!(!plan.to_text().contains('\u{1b}'));
    }
}

/// Reads the comment as Markdown, with HTML: nothing of a value may be outside code.
fn assert_contained(markdown: &str) {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    let (mut in_code, mut opened, mut closed) = (false, 0, 0);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Html(html) | Event::InlineHtml(html) => {
                for tag in html.split_inclusive('>') {
                    let tag = tag.trim();
                    opened += usize::from(tag == "<details>");
                    closed += usize::from(tag == "</details>");
                    let ours = ["", "<details>", "</details>", "<summary>"];
                    let is_ours = ours.contains(&tag)
                        || tag.ends_with("</summary>")
                            && !tag[..tag.len() - 10].contains(['<', '@']);
                    assert!(is_ours, "{tag}\n---\n{markdown}");
                }
            }
            Event::Text(text) if !in_code => {
                assert!(
                    !text.contains(['@', '<']) && !text.contains("Approved"),
                    "{text}\n---\n{markdown}"
                );
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link\n{markdown}"),
            _ => {}
        }
    }
    assert_eq!(opened, closed, "{markdown}");
    assert!(markdown.len() <= 60_000);
    assert!(!markdown.contains('\u{1b}'));
}

#[test]
fn a_large_plan_fits_a_comment() {
    let portal = sample();
    let files: Vec<_> = (0..300)
        .map(|n| (format!("folder-{n}/{}", "long-name-".repeat(15)), "`text`\n".repeat(200)))
        .collect();
    let files: Vec<_> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    portal.small(FETCH, &files);
    let markdown = portal.plan("small-1").expect("a plan").to_markdown(MOST);
    assert!(markdown.len() <= 60_000, "{}", markdown.len());
    assert!(markdown.contains(" more\n") && markdown.contains("not shown"));
    assert_contained(&markdown);
}

#[test]
fn repositories_cannot_be_made_outside_their_directory() {
    for repository in ["owner=..&repo=x", "owner=a&repo=..%2F..%2Fx", "owner=%2Fetc&repo=passwd/x"]
    {
        let portal = sample();
        let steps = FETCH.to_owned()
            + &format!(
                "    - action: publish:git\n      input: {{repoUrl: 'github.com?{repository}'}}\n"
            );
        portal.small(&steps, &[("a", "x")]);
        let found = portal.problems("small-1");
        assert!(found.contains("cannot be the name of a repository"), "{repository}: {found}");
    }
}

#[test]
fn a_plan_is_the_same_with_one_thread_and_with_many() {
    let portal = sample();
    let (catalog, request) = (portal.catalog(), portal.request("panier-relance"));
    let hash = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            plan(&Directory::new(portal.path()), &catalog, &settings(), &request)
                .expect("a plan")
                .hash()
        })
    };
    assert_eq!(hash(1), hash(8));
    assert!(REQUEST.len() < 64 * 1024);
}

/// Text of a request for the small template, with this in its parameter `text`.
fn request_with(text: &str) -> String {
    format!(
        "template: small\nrequester: user:default/chloe-girard\nparameters:\n  name: cart\n  text: {text:?}\n"
    )
}

#[test]
fn what_looks_like_a_credential_is_refused_and_never_shown() {
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    for text in [token.to_owned(), format!("use {token}"), format!("a\nb: {token}\n")] {
        let portal = sample();
        portal.small(FETCH, &[("a", "x")]);
        portal.write("scaffolds/requests/small-1.yaml", request_with(&text));
        let found = portal.problems("small-1");
        let expected = "small-1.yaml:5:9: `parameters.text` looks like a token of GitHub (rule `github-token`)";
        assert!(found.contains(expected) && !found.contains("16C7e42F"), "{found}");
    }
    let portal = sample();
    portal.small(FETCH, &[("a", "x")]);
    let request = request_with("x").replace("template: small", &format!("template: {token}"));
    portal.write("scaffolds/requests/small-1.yaml", &request);
    let found = portal.problems("small-1");
    assert!(found.contains("`template` looks like") && !found.contains("16C7e42F"), "{found}");
}
