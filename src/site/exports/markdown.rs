//! The Markdown of an entity: the most important facts of its page, for readers of plain text such as language
//! models.
//!
//! Texts of the catalog are escaped and kept on one line. Descriptions are Markdown already: they are quoted line
//! by line, so that they cannot end the quotation, and their HTML is escaped.

use std::fmt::{self, Display, Formatter, Write};

use super::twin;
use crate::{
    catalog::{Entity, Relation},
    site::{
        model::{Model, read_failures::ReadFailure},
        parts::{card::Card, facts},
        text::{
            address::{self, PagePath},
            markdown::visible,
        },
        theme::messages::Messages,
    },
};

/// The Markdown of an entity.
pub(super) fn of(
    model: &Model<'_>,
    entity: &Entity,
    unread: &[ReadFailure<'_>],
    words: &Messages,
) -> String {
    let mut text = String::with_capacity(2 << 10);
    let _ = write!(text, "# {}\n\n", Plain(entity.title()));
    if !entity.description().is_empty() {
        quote(&mut text, entity.description());
        text.push('\n');
    }
    for failure in unread {
        let _ =
            writeln!(text, "- {}: {}", words.text("machine.unread"), Plain(&failure.sentence()));
    }
    let reference = &entity.reference;
    let _ = writeln!(text, "- {}: {}", words.text("fact.kind"), Plain(entity.kind()));
    let _ = writeln!(text, "- {}: {}", words.text("machine.ref"), Code(reference.as_str()));
    for fact in facts::facts(model, entity) {
        let _ = write!(text, "- {}: ", words.text(&format!("fact.{}", fact.key)));
        for (at, card) in fact.cards.iter().enumerate() {
            text.push_str(if at > 0 { ", " } else { "" });
            write_card(&mut text, card);
        }
        let _ = writeln!(text, "{}", Plain(fact.text.unwrap_or_default()));
    }
    for (at, tag) in entity.tags().enumerate() {
        match at {
            0 => drop(write!(text, "- {}: ", words.text("fact.tags"))),
            _ => text.push_str(", "),
        }
        let _ = write!(text, "{}", Plain(tag));
    }
    if entity.tags().next().is_some() {
        text.push('\n');
    }
    let name = address::file_name(reference.name());
    let page = words.text("machine.page");
    let _ = writeln!(text, "- [{page}]({name}.html), [JSON]({name}.json)");
    relations(&mut text, model, entity, words);
    links(&mut text, entity, words);
    text
}

fn relations(text: &mut String, model: &Model<'_>, entity: &Entity, words: &Messages) {
    for related in entity.relations.chunk_by(|a, b| a.kind == b.kind) {
        let key = format!("verb.{}", related[0].kind);
        let verb = words.text(&key);
        let _ = writeln!(text, "\n## {verb} ({})\n", related.len());
        for relation in related {
            write_reference(text, model, relation, words);
        }
    }
}

/// Writes the other end of a relation: its title and its reference.
fn write_reference(text: &mut String, model: &Model<'_>, to: &Relation, words: &Messages) {
    let target = &to.target;
    let name = Code(target.as_str());
    let _ = match model.catalog.target(to) {
        Some(known) => {
            let (title, path) = (Plain(known.title()), twin(target, ".md"));
            writeln!(text, "- [{title}](../../../{path}) {name}")
        }
        None => writeln!(text, "- {name} ({})", words.text("ref.missing")),
    };
}

fn links(text: &mut String, entity: &Entity, words: &Messages) {
    let mut links =
        facts::links(entity).into_iter().filter_map(|link| Some((link.title, link.url?)));
    if let Some(first) = links.next() {
        let _ = writeln!(text, "\n## {}\n", words.text("entity.links"));
        for (title, url) in std::iter::once(first).chain(links) {
            let _ = writeln!(text, "- [{}](<{}>)", Plain(title), url.replace(['<', '>'], ""));
        }
    }
}

/// Writes a card, with a link to its Markdown.
fn write_card(text: &mut String, card: &Card<'_>) {
    let title = Plain(card.title());
    let _ = match card.url().as_ref().map(PagePath::to_path) {
        Some(path) => write!(text, "[{title}](../../../{}.md)", path.trim_end_matches(".html")),
        None => write!(text, "{title}"),
    };
}

/// A text on one line, with Markdown escaped.
pub(super) struct Plain<'t>(pub(super) &'t str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = visible(self.0);
        let mut rest = &*text;
        while let Some(at) = rest.find(|c: char| is_break(c) || MARKS.contains(c)) {
            f.write_str(&rest[..at])?;
            let found = rest[at..].chars().next().unwrap_or_default();
            match is_break(found) {
                true => f.write_char(' ')?,
                false => write!(f, "\\{found}")?,
            }
            rest = &rest[at + found.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Characters that may be Markdown in the middle of a line.
const MARKS: &str = "\\`*_[]<>#|!~&";

/// A text as code on one line, between more backticks than it has in a row.
struct Code<'t>(&'t str);

impl Display for Code<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = visible(self.0);
        if text.contains(is_break) {
            text = text.replace(is_break, " ").into();
        }
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest + 1);
        let space = if longest > 0 { " " } else { "" };
        write!(f, "{fence}{space}{text}{space}{fence}")
    }
}

/// Writes Markdown of the catalog with each line quoted, so that it cannot end the quotation.
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

/// Whether a character is a control character, or ends a line for some readers.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    use serde_json::json;

    use super::*;
    use crate::{catalog::testing::entity, site::tests::site_of};

    #[test]
    fn plain_text_is_escaped_in_markdown() {
        assert_eq!(Plain("a\n# *b* [c](d) <e>").to_string(), "a \\# \\*b\\* \\[c\\](d) \\<e\\>");
        assert_eq!(Code("a_`b``c").to_string(), "``` a_`b``c ```");
    }

    #[test]
    fn fields_of_an_entity_add_no_markdown_structure() {
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
