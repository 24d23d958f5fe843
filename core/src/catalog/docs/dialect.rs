//! The Markdown dialect of documentation: `CommonMark` with tables, footnotes, task lists, and the
//! blocks of `MkDocs` (`!!! note "Title"`, `??? tip`, `=== "Tab"`).
//!
//! Before parsing, such a block is rewritten to a block quote that begins with a marked heading, which
//! [`Block::of`] recognises among the events. [`MarkdownText::line`] returns line numbers of the
//! original text.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Event, Options, Parser};

/// Begins the heading of a block. It is a private-use character, which texts do not contain.
const MARK: char = '\u{e000}';
/// Ends the kind of a block.
const END: char = '\u{e001}';
/// Most levels of nested blocks; deeper ones are left as text.
const DEEPEST: usize = 12;

/// A text prepared for the Markdown parser: blocks of `MkDocs` are rewritten.
#[derive(Debug)]
pub struct MarkdownText<'t> {
    text: Cow<'t, str>,
    /// The start of each line, and its line number in the original text.
    lines: Vec<(usize, usize)>,
}

/// How a block is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockStyle {
    /// Always visible.
    Plain,
    /// Collapsed at first.
    Closed,
    /// Collapsible, expanded at first.
    Open,
    /// One of several tabs.
    Tab,
}

/// The heading of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// How it is shown.
    pub style: BlockStyle,
    /// Its kind as written, such as `warning`.
    pub kind: String,
    /// Its own title.
    pub title: Option<String>,
}

impl Block {
    /// Parses the text of a heading; `None` when the heading is not that of a block.
    pub fn of(text: &str) -> Option<Self> {
        let (kind, title) = text.strip_prefix(MARK)?.split_once(END)?;
        let mut kind = kind.chars();
        let style = match kind.next()? {
            'c' => BlockStyle::Closed,
            'o' => BlockStyle::Open,
            't' => BlockStyle::Tab,
            _ => BlockStyle::Plain,
        };
        let title = (!title.is_empty()).then(|| title.to_owned());
        Some(Self { style, kind: kind.collect(), title })
    }
}

impl<'t> MarkdownText<'t> {
    /// Rewrites the blocks of a text.
    pub fn new(text: &'t str) -> Self {
        if !["!!! ", "??? ", "???+ ", "=== \""].iter().any(|sign| text.contains(sign)) {
            let starts = text.match_indices('\n').map(|(at, _)| at + 1);
            let lines = std::iter::once(0).chain(starts).zip(1..).collect();
            return Self { text: Cow::Borrowed(text), lines };
        }
        let mut writer = BlockWriter::default();
        for (at, line) in text.lines().enumerate() {
            writer.line(line, at + 1);
        }
        Self { text: Cow::Owned(writer.out), lines: writer.lines }
    }

    /// The events of the Markdown parser, each with its range in the rewritten text.
    pub fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
            | Options::ENABLE_GFM
            | Options::ENABLE_DEFINITION_LIST;
        Parser::new_ext(&self.text, options).into_offset_iter()
    }

    /// The line number, in the original text, of an offset in the rewritten text.
    pub fn line(&self, at: usize) -> usize {
        let after = self.lines.partition_point(|&(start, _)| start <= at);
        self.lines.get(after.saturating_sub(1)).map_or(1, |&(_, line)| line)
    }
}

/// A block that is open: the columns of its first line and of its content.
#[derive(Debug, Clone, Copy)]
struct OpenBlock {
    at: usize,
    content: usize,
}

#[derive(Debug, Default)]
struct BlockWriter {
    out: String,
    lines: Vec<(usize, usize)>,
    open: Vec<OpenBlock>,
    fence: Option<String>,
    in_list: bool,
}

impl BlockWriter {
    fn put(&mut self, number: usize, depth: usize, rest: &str) {
        self.lines.push((self.out.len(), number));
        let mut column = 0;
        for block in &self.open[..depth] {
            self.out.extend(std::iter::repeat_n(' ', block.at - column));
            self.out.push_str("> ");
            column = block.content;
        }
        self.out.push_str(rest);
        self.out.push('\n');
    }

    fn line(&mut self, line: &str, number: usize) {
        let trimmed = line.trim_start_matches(' ');
        let indent = line.len() - trimmed.len();
        if trimmed.trim().is_empty() {
            return self.put(number, self.open.len(), "");
        }
        let left = self.open.iter().take_while(|block| indent >= block.content).count();
        if left < self.open.len() {
            self.fence = None;
            // Without an empty line the parser would add the following lines to the block.
            self.put(number, left, "");
            self.open.truncate(left);
        }
        let column = self.open.last().map_or(0, |block| block.content);
        let rest = &line[column.min(indent)..];
        if let Some(fence) = &self.fence {
            if trimmed.starts_with(fence.as_str())
                && trimmed.trim_start_matches(&fence[..1]).trim().is_empty()
            {
                self.fence = None;
            }
            return self.put(number, self.open.len(), rest);
        }
        if let Some(sign) = trimmed.chars().next().filter(|sign| matches!(sign, '`' | '~')) {
            let length = trimmed.chars().take_while(|c| *c == sign).count();
            if length >= 3 {
                self.fence = Some(sign.to_string().repeat(length));
            }
        }
        let can_begin = indent - column < 4 || self.in_list;
        match head(trimmed).filter(|_| can_begin && self.open.len() < DEEPEST) {
            Some(head) => {
                self.put(number, self.open.len(), "");
                self.open.push(OpenBlock { at: indent, content: indent + 4 });
                self.put(number, self.open.len(), &head);
            }
            None => self.put(number, self.open.len(), rest),
        }
        if is_item(trimmed) {
            self.in_list = true;
        } else if indent == column {
            self.in_list = false;
        }
    }
}

fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match rest.len() == line.len() {
        true => line.strip_prefix(['-', '*', '+']),
        false => rest.strip_prefix(['.', ')']),
    };
    rest.is_some_and(|rest| rest.starts_with(' '))
}

/// The marked heading of a line that begins a block.
fn head(line: &str) -> Option<String> {
    let line = line.trim_end();
    let (form, rest) = if let Some(rest) = line.strip_prefix("!!! ") {
        ('p', rest)
    } else if let Some(rest) = line.strip_prefix("???+ ") {
        ('o', rest)
    } else if let Some(rest) = line.strip_prefix("??? ") {
        ('c', rest)
    } else {
        let title = line.strip_prefix("=== ")?.trim_start_matches(['!', '+']).trim();
        let title = title.strip_prefix('"')?.strip_suffix('"')?;
        return Some(format!("###### {MARK}t{END}{title} ######"));
    };
    let (words, title) = match rest.split_once('"') {
        Some((words, title)) => (words, Some(title.strip_suffix('"')?)),
        None => (rest, None),
    };
    let is_word = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !words.split_whitespace().all(is_word) {
        return None;
    }
    let kind = words.split_whitespace().next()?.to_lowercase();
    // An empty title (`""`) means that the block has no title.
    let title = match title {
        Some("") => "\u{200b}",
        Some(title) => title,
        None => "",
    };
    Some(format!("###### {MARK}{form}{kind}{END}{title} ######"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str) -> String {
        MarkdownText::new(text).text.replace(MARK, "<").replace(END, ">")
    }

    #[test]
    fn blocks_become_quotations() {
        let text = "a\n\n!!! note \"Read *this*\"\n    one\n\n    ```\n    !!! x\n    ```\nafter\n";
        assert_eq!(
            prepared(text),
            "a\n\n\n> ###### <pnote>Read *this* ######\n> one\n> \n> ```\n> !!! x\n> ```\n\nafter\n"
        );
        assert_eq!(prepared("??? tip\n    a\n"), "\n> ###### <ctip> ######\n> a\n");
        assert_eq!(
            prepared("- a\n\n    !!! tip\n        b\n"),
            "- a\n\n\n    > ###### <ptip> ######\n    > b\n"
        );
    }

    #[test]
    fn what_is_code_or_a_sentence_stays() {
        for text in
            ["```\n!!! note\n    a\n```\n", "    !!! note\n", "!!! wow that, was\n", "x !!! note\n"]
        {
            assert_eq!(prepared(text), text);
        }
    }

    #[test]
    fn lines_keep_their_numbers() {
        let prepared = MarkdownText::new("a\n!!! note\n    b\nc\n[d](e)");
        let link = prepared.text.find("[d]").expect("there");
        assert_eq!(prepared.line(link), 5);
        assert_eq!(MarkdownText::new("a\nb").line(2), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([ ]{0,9}(!!! a|\\?\\?\\? b|=== \"c\"|- d|```|e|> f)?\n){0,12}") {
            let prepared = MarkdownText::new(&text);
            for (_, range) in prepared.events() {
                proptest::prop_assert!(prepared.line(range.start) <= text.lines().count().max(1));
            }
        }
    }
}
