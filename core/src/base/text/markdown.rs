//! Untrusted text in Markdown that a code host renders: comments of pull requests, summaries of jobs.
//!
//! Untrusted text is put only into code spans and fenced blocks. Nothing else is safe: a code host
//! replaces mentions, issue numbers, addresses and names of emoji *after* it has parsed Markdown, so
//! that escaping characters does not help; in code it replaces nothing. Invisible characters are
//! escaped first; the fence is then chosen longer than any run of backticks in the text.

use super::{shorten, visible, visible_lines};

/// Most bytes of a comment. GitHub allows 65,536; the rest is for what a workflow adds.
pub const MOST: usize = 60_000;
/// Most bytes of a code span.
const MOST_SPAN: usize = 200;

/// A code span with a text, on one line; a long text is cut. Markdown has no empty code span: an empty
/// text gives the word `(empty)`.
pub fn code(text: &str) -> String {
    let text = visible(&shorten(text, MOST_SPAN)).into_owned();
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A parser removes one space from each end, unless there are only spaces.
    let is_padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    match is_padded && !text.trim_matches(' ').is_empty() {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// A fenced code block with a text.
pub fn fenced(language: &'static str, text: &str) -> String {
    let text = visible_lines(text);
    let fence = "`".repeat(3.max(longest_run(&text) + 1));
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// A message of the program with literals in backticks. It is kept when the rest is only words, which mean
/// nothing to Markdown or a code host; any other text becomes one code span.
pub fn sentence(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let are_words = |part: &str| {
        let is_word = |word: &str| {
            word.trim_end_matches(['.', ',', ':']).chars().all(|c| c.is_alphanumeric() || c == '\'')
        };
        part.split(' ').all(is_word)
    };
    let is_plain = parts.len() % 2 == 1
        && parts.iter().step_by(2).all(|part| are_words(part))
        && !text.contains("``")
        && visible(text) == text
        && text.len() <= 2 * MOST_SPAN
        && text.starts_with(|first: char| first.is_alphabetic() || first == '`');
    if is_plain { text.to_owned() } else { code(text) }
}

/// A collapsible section (`<details>`). Blank lines around the body let Markdown be parsed in it.
pub fn folded(title: &str, body: &str, is_open: bool) -> String {
    let open = if is_open { " open" } else { "" };
    // The title is not escaped: it is text of the program, a number and words.
    format!("\n<details{open}>\n<summary>{title}</summary>\n\n{body}\n</details>\n")
}

/// Joins lines of a list, each of which has its line end. At most `most_lines` and `most_bytes` are kept,
/// followed by the number of the others.
pub fn list(lines: &[String], most_lines: usize, most_bytes: usize) -> String {
    let mut list = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index == most_lines || list.len() + line.len() > most_bytes {
            list += &["- … ", &(lines.len() - index).to_string(), " more\n"].concat();
            break;
        }
        list.push_str(line);
    }
    list
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// What a reader makes of Markdown with everything that GitHub adds to it.
    fn events(text: &str) -> Vec<Event<'_>> {
        Parser::new_ext(text, Options::all()).collect()
    }

    /// Texts of pieces that mean something to Markdown, between any others.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            r"`{1,5}|~{3}|\PC|[ \t]|\\",
            any::<char>().prop_map(String::from),
            Just("\n</details>\n\n# x\n".to_owned()),
            Just("<img src=https://evil.example/>".to_owned()),
            Just("@acme/security #12 :tada: www.evil.example $`x`$ | a | [x](y) ![](z)".to_owned()),
            Just("\u{1}\u{202e}\r\u{85}\u{2028}".to_owned()),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_code_span_is_closed_by_its_own_fence_only(text in hostile()) {
            let span = format!("- **+** {} and {}\n", code(&text), code("second"));
            let mut shown = Vec::new();
            for event in events(&span) {
                match event {
                    Event::Code(code) => shown.push(code.into_string()),
                    Event::Text(words) => {
                        prop_assert!(matches!(&*words, "+" | " " | " (empty) and " | " and "), "{words}");
                    }
                    Event::Start(Tag::List(_) | Tag::Item | Tag::Strong)
                    | Event::End(TagEnd::List(_) | TagEnd::Item | TagEnd::Strong) => {}
                    other => prop_assert!(false, "{other:?} of {span}"),
                }
            }
            let expected = visible(&shorten(&text, MOST_SPAN)).into_owned();
            let expected = if expected.is_empty() { vec![] } else { vec![expected] };
            prop_assert_eq!(shown, [expected, vec!["second".to_owned()]].concat());
        }

        #[test]
        fn a_fenced_block_is_closed_by_its_own_fence_only(text in hostile()) {
            let block = folded("Files", &fenced("", &text), false);
            let mut shown = String::new();
            let mut html = String::new();
            let mut blocks = 0;
            for event in events(&block) {
                match event {
                    Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => blocks += 1,
                    Event::Text(line) => shown.push_str(&line),
                    Event::Html(line) => html.push_str(&line),
                    Event::Start(Tag::HtmlBlock) | Event::End(_) => {}
                    other => prop_assert!(false, "{other:?} of {block}"),
                }
            }
            let mut expected = visible_lines(&text).into_owned();
            if !expected.is_empty() && !expected.ends_with('\n') {
                expected.push('\n');
            }
            prop_assert_eq!(blocks, 1);
            prop_assert_eq!(shown, expected);
            prop_assert_eq!(html, "<details>\n<summary>Files</summary>\n</details>\n");
        }

        #[test]
        fn a_sentence_is_words_and_code(text in hostile()) {
            let line = format!("- {}\n", sentence(&format!("creates `{text}` now")));
            for event in events(&line) {
                let is_harmless = match &event {
                    Event::Text(words) => !words.contains(['@', '#', '/', '<', '$', '|', '_']),
                    Event::Start(tag) => matches!(tag, Tag::List(_) | Tag::Item),
                    Event::Code(_) | Event::End(_) => true,
                    _ => false,
                };
                prop_assert!(is_harmless, "{event:?} of {line}");
            }
        }
    }

    #[test]
    fn words_that_a_code_host_links_are_code() {
        assert_eq!(sentence("creates `a/b` with 3 files"), "creates `a/b` with 3 files");
        assert_eq!(sentence("skipped: it is false"), "skipped: it is false");
        for live in ["x` www.evil.example `y", "x` :tada: `y", "a` @b `c", "a``b"] {
            let text = format!("creates `{live}` now");
            assert_eq!(sentence(&text), code(&text));
        }
    }
}
