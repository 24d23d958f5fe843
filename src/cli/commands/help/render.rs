//! Shows a page of the documentation on a terminal: headings are bold, code is indented, links name where they lead.
//! Everything else stays as it is written, because Markdown is easy to read.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::cli::output::BOLD;

/// What is before each line of code.
const INDENT: &str = "    ";

/// The first heading of a page.
pub(super) fn title(text: &str) -> String {
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    heading.unwrap_or_default().replace('`', "").trim().to_owned()
}

/// The text of a page for a terminal.
pub(super) fn page(text: &str) -> String {
    let mut shown = Shown { text, result: String::with_capacity(text.len()), at: 0 };
    let mut link = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                let line = text[range.clone()].trim_start_matches('#').trim();
                shown.replace(range, &format!("{BOLD}{}{BOLD:#}\n", without_links(line)));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let lines: Vec<_> = text[range.clone()].lines().collect();
                let code = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
                let code = code.iter().map(|line| match line.is_empty() {
                    true => "\n".to_owned(),
                    false => format!("{INDENT}{line}\n"),
                });
                shown.replace(range, code.collect::<String>().trim_end());
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                link = Some((dest_url.to_string(), range.clone()));
                shown.replace(range.start..range.start + 1, "");
            }
            Event::End(TagEnd::Link) => {
                if let Some((target, range)) = link.take() {
                    // What is between `[` and `](` was shown as it is written.
                    let words_end = text[range.clone()].rfind("](").map(|at| range.start + at);
                    if let Some(end) = words_end.filter(|end| *end >= shown.at) {
                        let words = &text[range.start + 1..end];
                        shown.replace(end..range.end, &lead(words, &target));
                    }
                }
            }
            _ => {}
        }
    }
    shown.finish()
}

/// Where a link leads, to be put behind its words.
fn lead(words: &str, target: &str) -> String {
    let (path, _) = target.split_once('#').unwrap_or((target, ""));
    match path.strip_suffix(".md") {
        _ if path.is_empty() => String::new(),
        Some(topic) if !path.contains("://") => {
            let topic = topic.trim_start_matches("../").trim_start_matches("./");
            format!(" (`callboard help {topic}`)")
        }
        _ if words == target => String::new(),
        _ => format!(" ({target})"),
    }
}

/// A heading without the addresses of its links.
fn without_links(line: &str) -> String {
    let mut words = String::new();
    for event in Parser::new(line) {
        match event {
            Event::Text(text) => words.push_str(&text),
            Event::Code(text) => words.push_str(&format!("`{text}`")),
            _ => {}
        }
    }
    words
}

/// A text of which parts are replaced, from its beginning to its end.
struct Shown<'t> {
    text: &'t str,
    result: String,
    /// How much of the text is shown.
    at: usize,
}

impl Shown<'_> {
    /// Replaces a part, unless it is inside of one that was replaced.
    fn replace(&mut self, range: Range<usize>, by: &str) {
        if range.start < self.at {
            return;
        }
        self.result.push_str(&self.text[self.at..range.start]);
        self.result.push_str(by);
        // The line break at the end of a block stays.
        let is_block = self.text[range.clone()].ends_with('\n');
        self.at = range.end;
        if is_block && !by.ends_with('\n') {
            self.result.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.result.push_str(&self.text[self.at..]);
        self.result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_plain_text_with_bold_headings() {
        let text = "# One `two`\n\nSee [the `keys`](settings.md#a), [here](#b) and\n\
                    [GitHub](https://github.com/x).\n\n```sh\ncallboard check\n\n  a [b](c)\n```\n\n| a | b |\n|---|---|\n\
                    | [x](y.md) | `[z](w)` |\n";
        let expected = format!(
            "{BOLD}One `two`{BOLD:#}\n\nSee the `keys` (`callboard help settings`), here and\n\
             GitHub (https://github.com/x).\n\n    callboard check\n\n      a [b](c)\n\n| a | b |\n|---|---|\n\
             | x (`callboard help y`) | `[z](w)` |\n"
        );
        assert_eq!(page(text), expected);
        assert_eq!(title(text), "One two");
    }
}
