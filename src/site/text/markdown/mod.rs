//! Markdown of descriptions as safe HTML.
//!
//! Raw HTML is shown as text, images become links, links must be of the web, and headings start below those of
//! the page. Pages of documentation have more features: see [`page`].

mod depth;
mod notes;
mod page;
mod plain;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::OnceLock};

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde::{Serialize, Serializer};

use super::address;
use crate::site::key::lazy::{self, LazyContent};
pub(crate) use page::{Address, LinkResolver, Piece, page};
pub(crate) use plain::{beginning, words};

/// Renders Markdown. Relative links lead from `base`, the address of the file that holds the text;
/// without it they are shown as plain text, as are links that are not allowed.
pub(crate) fn render(text: &str, base: Option<&str>) -> String {
    let text = visible(text);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let (mut links, mut depth) = (Vec::new(), depth::Depth::default());
    let events = Parser::new_ext(&text, options)
        .filter(|event| depth.shows(event))
        .filter_map(|event| trusted(event, base, &mut links));
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    html::push_html(&mut out, events);
    out
}

/// Makes one event safe. `links` has, for each open link, whether it is kept.
fn trusted<'t>(event: Event<'t>, base: Option<&str>, links: &mut Vec<bool>) -> Option<Event<'t>> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
            let address = resolve(&dest_url, base);
            links.push(address.is_some());
            address.map(|address| {
                Event::Start(Tag::Link {
                    link_type: pulldown_cmark::LinkType::Inline,
                    dest_url: CowStr::from(address),
                    title,
                    id: CowStr::Borrowed(""),
                })
            })
        }
        Event::End(TagEnd::Link | TagEnd::Image) => {
            links.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link))
        }
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: below_page(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        // An alignment would become a `style` attribute, which the content security policy refuses.
        Event::Start(Tag::Table(columns)) => {
            Some(Event::Start(Tag::Table(vec![Alignment::None; columns.len()])))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below_page(level)))),
        other => Some(other),
    }
}

fn resolve(address: &str, base: Option<&str>) -> Option<String> {
    address::external(address).or_else(|| {
        let joined = url::Url::parse(base?).ok()?.join(address).ok()?;
        address::external(joined.as_str())
    })
}

/// The level of a heading below those of the page, which has the first two levels.
fn below_page(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// The first paragraph of a Markdown text as plain text, cut after a word near `limit` characters.
pub(crate) fn first_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut chars = 0;
    let text = visible(text);
    let paragraph = text.trim_start().split("\n\n").next().unwrap_or_default();
    for event in Parser::new(paragraph) {
        let piece = match &event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                text
            }
            Event::SoftBreak | Event::HardBreak => &CowStr::Borrowed(" "),
            _ => continue,
        };
        for word in piece.split_inclusive(' ') {
            chars += word.chars().count();
            if chars > limit {
                line.truncate(line.trim_end().len());
                line.push('…');
                return line;
            }
            line.push_str(word);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The first line of a text, which is made for the template only.
#[derive(Debug)]
pub(crate) struct Beginning<'t> {
    text: &'t str,
    limit: usize,
    line: OnceLock<String>,
}

impl<'t> Beginning<'t> {
    /// The arguments are those of [`first_line`].
    pub(crate) fn new(text: &'t str, limit: usize) -> Self {
        Self { text, limit, line: OnceLock::new() }
    }
}

impl Serialize for Beginning<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for Beginning<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.text, self.limit).serialize(serializer)
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.line.get_or_init(|| first_line(self.text, self.limit));
        serializer.serialize_str(line)
    }
}

/// Replaces control characters that change the direction of the text around them by a visible character. They can
/// make a name look like another one.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let is_control = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Both ranges begin with the same byte in UTF-8, which few texts have.
    if memchr::memchr(0xe2, text.as_bytes()).is_some() && text.contains(is_control) {
        return Cow::Owned(text.replace(is_control, "\u{fffd}"));
    }
    Cow::Borrowed(text)
}
