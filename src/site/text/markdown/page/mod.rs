//! A page of documentation as HTML: anchors, admonitions, tables, footnotes, highlighted code.
//!
//! A [`LinkResolver`] says where links lead and what images are. Words of the site, and addresses that depend on
//! the language, are left to the template: they stand between [`Piece`]s.

mod blocks;
mod links;

use std::{borrow::Cow, fmt::Write, slice::Iter};

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd, html};
use serde::Serialize;

use super::{
    depth::Depth,
    notes::{self, Notes},
    visible,
};
use crate::{
    catalog::docs::{
        dialect::{Block, MarkdownText},
        outline::{Heading, Outline},
    },
    site::text::{code, escape::escaped},
};

/// Delimits gaps that a template fills; no text has this character.
const GAP: char = '\0';
/// The gap for the prefix that leads to the site's root.
const BASE: &str = "base";
/// The gap for the address of the icons.
const ICONS: &str = "icons";

/// A part of a page, and the gap after it: none, `base`, `icons`, or the key of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Piece {
    html: String,
    then: String,
}

/// An address: complete, or relative to the site's root that all languages share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Here(String),
    Shared(String),
}

/// Resolves links and images of a page.
pub(crate) trait LinkResolver {
    /// The target of a link, if it exists.
    fn link(&self, address: &str) -> Option<Address>;
    /// An image of the site, with its width and height if they are known.
    fn image(&self, address: &str) -> Option<(String, Option<(u32, u32)>)>;
}

/// Renders a page.
pub(crate) fn page(text: &str, outline: &Outline, link_resolver: &dyn LinkResolver) -> Vec<Piece> {
    let text = visible(text);
    let text = if text.contains(GAP) { Cow::Owned(text.replace(GAP, "\u{fffd}")) } else { text };
    let prepared = MarkdownText::new(&text);
    let mut writer = Writer::new(outline, link_resolver);
    for (event, _) in prepared.events() {
        writer.event(event);
    }
    writer.out.push_str(&writer.notes.list());
    let mut parts = writer.out.split(GAP);
    let mut pieces = Vec::new();
    while let Some(html) = parts.next() {
        let then = parts.next().unwrap_or_default().to_owned();
        pieces.push(Piece { html: html.to_owned(), then });
    }
    pieces
}

/// An image that is being read: its address, title and alternative text.
struct Image {
    address: String,
    title: String,
    words: String,
}

/// A quotation that may be an admonition, and the heading that it begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenBlock {
    Nothing,
    Quote,
    Heading,
}

struct Writer<'a> {
    out: String,
    link_resolver: &'a dyn LinkResolver,
    headings: Iter<'a, Heading>,
    level: u8,
    has_title: bool,
    pending: OpenBlock,
    /// End tags of open quotations.
    ends: Vec<&'static str>,
    /// The end tag of the open heading, if it is the title of a block.
    title_end: Option<&'static str>,
    /// End tags of open links.
    links: Vec<&'static str>,
    image: Option<Image>,
    code: Option<(String, String)>,
    raw: Option<String>,
    columns: Vec<Alignment>,
    column: usize,
    is_head: bool,
    depth: Depth,
    is_metadata: bool,
    notes: Notes,
}

impl<'a> Writer<'a> {
    fn new(outline: &'a Outline, link_resolver: &'a dyn LinkResolver) -> Self {
        Self {
            out: String::new(),
            link_resolver,
            headings: outline.headings.iter(),
            level: 1,
            has_title: false,
            pending: OpenBlock::Nothing,
            ends: Vec::new(),
            title_end: None,
            links: Vec::new(),
            image: None,
            code: None,
            raw: None,
            columns: Vec::new(),
            column: 0,
            is_head: false,
            depth: Depth::default(),
            is_metadata: false,
            notes: Notes::default(),
        }
    }

    fn gap(&mut self, what: &str) {
        self.out.push(GAP);
        self.out.push_str(what);
        self.out.push(GAP);
    }

    fn event(&mut self, event: Event<'_>) {
        if self.pending != OpenBlock::Nothing && self.decide(&event) {
            return;
        }
        match event {
            _ if self.is_metadata => {
                self.is_metadata = !matches!(event, Event::End(TagEnd::MetadataBlock(_)));
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
            Event::Code(text) => match &mut self.image {
                Some(image) => image.words.push_str(&text),
                None => {
                    let _ = write!(self.out, "<code>{}</code>", escaped(&text));
                }
            },
            Event::Html(text) | Event::InlineHtml(text) => self.html(&text),
            Event::FootnoteReference(label) => {
                let reference = self.notes.refer(&label);
                self.out.push_str(&reference);
            }
            Event::TaskListMarker(done) => {
                let class = if done { "box done" } else { "box" };
                let sign = if done { "☑" } else { "☐" };
                let _ = write!(
                    self.out,
                    "<span class=\"{class}\"><span class=\"sr\">{sign} </span></span>"
                );
            }
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::SoftBreak => match &mut self.image {
                Some(image) => image.words.push(' '),
                None => self.out.push('\n'),
            },
        }
    }

    /// Decides whether a quotation is an admonition. Returns whether the event was used up.
    fn decide(&mut self, event: &Event<'_>) -> bool {
        let is_sixth = matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H6, .. }));
        match (self.pending, event) {
            (OpenBlock::Quote, _) if is_sixth => {
                self.pending = OpenBlock::Heading;
                return true;
            }
            (OpenBlock::Heading, Event::Text(text)) => {
                if let Some(block) = Block::of(text) {
                    self.pending = OpenBlock::Nothing;
                    self.block(&block);
                    return true;
                }
            }
            _ => {}
        }
        let was_heading = self.pending == OpenBlock::Heading;
        self.pending = OpenBlock::Nothing;
        self.out.push_str("<blockquote>\n");
        self.ends.push("</blockquote>\n");
        if was_heading {
            self.heading();
        }
        false
    }

    fn start(&mut self, tag: Tag<'_>) {
        if !self.depth.start(tag.to_end()) {
            return;
        }
        match tag {
            Tag::BlockQuote(None) => self.pending = OpenBlock::Quote,
            Tag::BlockQuote(Some(kind)) => self.alert(kind),
            Tag::Heading { .. } => self.heading(),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((info, String::new()));
            }
            Tag::HtmlBlock => self.raw = Some(String::new()),
            Tag::FootnoteDefinition(label) => self.notes.begin(&label, &mut self.out),
            Tag::Table(columns) => {
                self.columns = columns;
                self.out.push_str("<div class=\"scroll\" tabindex=\"0\"><table>");
            }
            Tag::TableHead => {
                (self.is_head, self.column) = (true, 0);
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Link { dest_url, title, .. } => self.link(&dest_url, &title),
            Tag::Image { dest_url, title, .. } => {
                if self.image.is_none() {
                    let (address, title) = (dest_url.to_string(), title.to_string());
                    self.image = Some(Image { address, title, words: String::new() });
                }
            }
            Tag::MetadataBlock(_) => self.is_metadata = true,
            tag if self.image.is_some() => drop(tag),
            tag => html::push_html(&mut self.out, std::iter::once(Event::Start(tag))),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if !self.depth.end(tag) {
            return;
        }
        match tag {
            TagEnd::BlockQuote(_) => self.out.push_str(self.ends.pop().unwrap_or_default()),
            TagEnd::Heading(_) => match self.title_end.take() {
                Some(end) => self.out.push_str(end),
                None => {
                    let _ = writeln!(self.out, "</h{}>", self.level);
                }
            },
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                let raw = self.raw.take().unwrap_or_default();
                let text = notes::without_comments(&raw);
                if !text.trim().is_empty() {
                    let _ = writeln!(self.out, "<p>{}</p>", escaped(text.trim()));
                }
            }
            TagEnd::FootnoteDefinition => self.notes.end(&mut self.out),
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.is_head = false;
                self.out.push_str("</tr></thead><tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => self.out.push_str(if self.is_head { "</th>" } else { "</td>" }),
            TagEnd::Link => self.out.push_str(self.links.pop().unwrap_or_default()),
            TagEnd::Image => self.end_image(),
            _ if self.image.is_some() => {}
            tag => html::push_html(&mut self.out, std::iter::once(Event::End(tag))),
        }
    }

    /// The first heading of the first level is that of the page; levels below it are consecutive.
    fn heading(&mut self) {
        let Some(heading) = self.headings.next() else { return };
        let is_title = heading.level == 1 && !self.has_title && self.level == 1;
        self.level = if is_title { 1 } else { heading.level.clamp(2, self.level + 1) };
        self.has_title |= is_title;
        let (level, id) = (self.level, escaped(&heading.id));
        let _ = write!(
            self.out,
            "<h{level} id=\"{id}\"><a class=\"anchor\" href=\"#{id}\" aria-labelledby=\"{id}\"></a>"
        );
    }

    fn text(&mut self, text: &str) {
        if let Some(image) = &mut self.image {
            image.words.push_str(text);
        } else if let Some((_, code)) = &mut self.code {
            code.push_str(text);
        } else if text != "[TOC]" {
            self.out.push_str(&escaped(text));
        }
    }

    fn html(&mut self, text: &str) {
        if let Some(raw) = &mut self.raw {
            raw.push_str(text);
        } else if matches!(text, "<br>" | "<br/>" | "<br />") {
            self.out.push_str("<br>\n");
        } else {
            self.text(&notes::without_comments(text));
        }
    }

    fn cell(&mut self) {
        let (name, scope) = if self.is_head { ("th", " scope=\"col\"") } else { ("td", "") };
        let class = match self.columns.get(self.column) {
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::Center) => " class=\"middle\"",
            _ => "",
        };
        self.column += 1;
        let _ = write!(self.out, "<{name}{scope}{class}>");
    }

    fn end_code(&mut self) {
        let Some((info, text)) = self.code.take() else { return };
        let language = info.split([' ', ',', '{', '}']).find(|word| !word.is_empty());
        let language = language.unwrap_or_default().trim_start_matches('.').to_lowercase();
        let language = if language.contains('=') { String::new() } else { language };
        if language == "mermaid" {
            let _ = write!(
                self.out,
                "<figure><pre tabindex=\"0\"><code>{}</code></pre><figcaption>",
                escaped(&text)
            );
            self.gap("mermaid");
            return self.out.push_str("</figcaption></figure>\n");
        }
        let title = info.split_once("title=\"").and_then(|(_, rest)| rest.split('"').next());
        if let Some(title) = title {
            let _ = write!(self.out, "<p class=\"code-t\">{}</p>", escaped(title));
        }
        let html = code::highlight(&language, &text);
        let _ = writeln!(self.out, "<pre tabindex=\"0\"><code>{html}</code></pre>");
    }
}
