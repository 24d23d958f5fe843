//! An entity for readers of plain text: what its page says first, as Markdown.
//!
//! Texts of the catalog are escaped and stay on their line; descriptions, which are Markdown, stand
//! in a quotation that they cannot leave, and without HTML.

use std::fmt::Write;

use super::{
    super::{atlas::Atlas, facts, frame::Card, markdown::visible, messages::Messages},
    twin,
};
use crate::catalog::{Entity, EntityRef};

/// The Markdown of an entity.
pub(super) fn of(atlas: &Atlas<'_>, entity: &Entity, words: &Messages) -> String {
    let reference = &entity.reference;
    let mut text = format!("# {}\n\n", plain(entity.title()));
    if !entity.description().is_empty() {
        quote(&mut text, entity.description());
        text.push('\n');
    }
    let _ = writeln!(text, "- {}: {}", words.text("fact.kind"), plain(entity.kind()));
    let _ = writeln!(text, "- {}: {}", words.text("machine.ref"), code(reference.as_str()));
    for fact in facts::facts(atlas, entity) {
        let key = format!("fact.{}", fact.key);
        let name = words.text(&key);
        let cards = fact.cards.iter().map(card).collect::<Vec<_>>().join(", ");
        let said = fact.text.map(plain).unwrap_or_default();
        let _ = writeln!(text, "- {name}: {cards}{said}");
    }
    let tags: Vec<String> = entity.tags().map(plain).collect();
    if !tags.is_empty() {
        let _ = writeln!(text, "- {}: {}", words.text("fact.tags"), tags.join(", "));
    }
    let file = |ending| {
        let path = twin(reference, ending);
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let page = words.text("machine.page");
    let _ = writeln!(text, "- [{page}]({}), [JSON]({})", file(".html"), file(".json"));
    relations(&mut text, atlas, entity, words);
    links(&mut text, entity, words);
    text
}

fn relations(text: &mut String, atlas: &Atlas<'_>, entity: &Entity, words: &Messages) {
    for related in entity.relations.chunk_by(|a, b| a.kind == b.kind) {
        let key = format!("verb.{}", related[0].kind);
        let verb = words.text(&key);
        let _ = writeln!(text, "\n## {verb} ({})\n", related.len());
        for relation in related {
            let line = reference(atlas, &relation.target, words);
            let _ = writeln!(text, "- {line}");
        }
    }
}

/// What a relation leads to: by its name, and as it is called elsewhere.
fn reference(atlas: &Atlas<'_>, target: &EntityRef, words: &Messages) -> String {
    let name = code(target.as_str());
    match atlas.catalog.get(target) {
        Some(known) => {
            let path = twin(target, ".md");
            format!("[{}](../../../{path}) {name}", plain(known.title()))
        }
        None => format!("{name} ({})", words.text("ref.missing")),
    }
}

fn links(text: &mut String, entity: &Entity, words: &Messages) {
    let mut links =
        facts::links(entity).into_iter().filter_map(|link| Some((link.title, link.url?)));
    if let Some(first) = links.next() {
        let _ = writeln!(text, "\n## {}\n", words.text("entity.links"));
        for (title, url) in std::iter::once(first).chain(links) {
            let _ = writeln!(text, "- [{}](<{}>)", plain(title), url.replace(['<', '>'], ""));
        }
    }
}

/// A thing by its name, with its Markdown.
fn card(card: &Card<'_>) -> String {
    let title = plain(&card.title);
    match card.url.as_deref().and_then(|url| url.strip_suffix(".html")) {
        Some(url) => format!("[{title}](../../../{url}.md)"),
        None => title,
    }
}

/// A text on one line in which nothing is Markdown.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            c if is_break(c) => plain.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}

/// A text as code, on one line: between more backticks than it has in a row.
fn code(text: &str) -> String {
    let text: String = visible(text).chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Markdown of the catalog: each line of it quoted, so that it ends where it should.
fn quote(out: &mut String, text: &str) {
    for line in visible(text).replace("\r\n", "\n").split(['\n', '\r']) {
        out.push_str("> ");
        for c in line.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '\t' => out.push('\t'),
                c if is_break(c) => out.push(' '),
                c => out.push(c),
            }
        }
        out.push('\n');
    }
}

/// Controls, and what some readers take for the end of a line.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    use serde_json::json;

    use super::*;
    use crate::site::tests::{entity, site_of};

    #[test]
    fn nothing_of_a_text_is_markdown() {
        assert_eq!(plain("a\n# *b* [c](d) <e>"), "a \\# \\*b\\* \\[c\\](d) \\<e\\>");
        assert_eq!(code("a_`b``c"), "``` a_`b``c ```");
    }

    #[test]
    fn no_field_breaks_out() {
        let evil = "x\n\n# Out\r## Out\u{2028}- [a](javascript:b)\n</div>\n```\n> > q\n\n\
                    <script>alert(1)</script>\n\n    code\n[ref]: javascript:c\n`";
        let files = site_of(vec![entity(json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "evil", "title": evil, "description": evil, "tags": [evil],
                "links": [{"url": "https://a.example/<>)\n# Out", "title": evil},
                          {"url": "javascript:alert(1)", "title": evil}]},
            "spec": {"type": evil, "lifecycle": evil, "owner": "group:default/x`y", "system": evil},
        }))]);
        let markdown = &files["catalog/default/component/evil.md"];
        let (mut depth, mut headings) = (0, 0);
        for event in Parser::new(markdown) {
            match event {
                Event::Start(Tag::BlockQuote(_)) => depth += 1,
                Event::End(TagEnd::BlockQuote(_)) => depth -= 1,
                Event::Start(Tag::Heading { .. }) if depth == 0 => headings += 1,
                Event::Start(Tag::Link { dest_url, .. }) if depth == 0 => {
                    let is_ours = dest_url.starts_with("evil.") || dest_url.starts_with("https://");
                    assert!(is_ours, "{dest_url}: {markdown}");
                }
                Event::Html(_) | Event::InlineHtml(_) => panic!("HTML: {markdown}"),
                Event::Start(Tag::CodeBlock(_)) => assert!(depth > 0, "{markdown}"),
                _ => {}
            }
        }
        // The title, what it is part of, who owns it, and its links.
        assert_eq!((depth, headings), (0, 4), "{markdown}");
    }
}
