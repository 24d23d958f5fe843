//! Admonitions and folded blocks: their heads with title and icon, and the end tags that they need.

use std::fmt::Write;

use pulldown_cmark::BlockQuoteKind;

use super::{super::notes, ICONS, Writer};
use crate::{
    catalog::docs::dialect::{Block, BlockStyle},
    site::text::escape::escaped,
};

impl Writer<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        let tone = notes::tone(&block.kind);
        let (begin, end) = match block.style {
            BlockStyle::Plain | BlockStyle::Tab => ("div", "</div>\n"),
            BlockStyle::Closed | BlockStyle::Open => ("details", "</details>\n"),
        };
        let is_tab = block.style == BlockStyle::Tab;
        let class = if is_tab { "way" } else { tone.unwrap_or("note") };
        let open = if block.style == BlockStyle::Open { " open" } else { "" };
        let _ = write!(self.out, "<{begin} class=\"note n-{class}\"{open}>");
        self.ends.push(end);
        let is_folded = begin == "details";
        let (head, head_end) = if is_folded {
            ("<summary>", "</summary>\n")
        } else {
            ("<p class=\"note-t\">", "</p>\n")
        };
        self.title_end = Some(head_end);
        if block.title.as_deref() == Some("\u{200b}") && !is_folded {
            self.title_end = Some("");
            return;
        }
        self.out.push_str(head);
        if !is_tab {
            self.icon(class);
        }
        match (&block.title, tone) {
            (Some(title), _) if title != "\u{200b}" => self.out.push_str(&escaped(title)),
            (_, Some(tone)) => self.gap(tone),
            _ => self.out.push_str(&escaped(&block.kind)),
        }
    }

    fn icon(&mut self, tone: &str) {
        self.out.push_str("<svg class=\"i\" aria-hidden=\"true\"><use href=\"");
        self.gap(ICONS);
        let _ = write!(self.out, "#{}\"/></svg>", notes::icon(tone));
    }

    /// Quotations that GitHub shows as alerts.
    pub(super) fn alert(&mut self, kind: BlockQuoteKind) {
        let kind = match kind {
            BlockQuoteKind::Note => "note",
            BlockQuoteKind::Tip => "tip",
            BlockQuoteKind::Important => "important",
            BlockQuoteKind::Warning => "warning",
            BlockQuoteKind::Caution => "danger",
        };
        self.block(&Block { style: BlockStyle::Plain, kind: kind.into(), title: None });
        self.out.push_str(self.title_end.take().unwrap_or_default());
    }
}
