//! The plain text of a documentation page: for search, and for excerpts.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{notes::limited, visible};
use crate::catalog::docs::dialect::{Block, MarkdownText};

/// All words of a text, of at most `most` bytes.
pub(crate) fn words(text: &str, most: usize) -> String {
    let text = visible(text);
    let prepared = MarkdownText::new(&text);
    let (mut words, mut is_metadata) = (String::new(), false);
    for (event, _) in prepared.events() {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => is_metadata = true,
            Event::End(TagEnd::MetadataBlock(_)) => is_metadata = false,
            Event::Text(text) | Event::Code(text) if !is_metadata => match Block::of(&text) {
                Some(block) => words.push_str(block.title.as_deref().unwrap_or_default()),
                None => words.push_str(&text),
            },
            Event::SoftBreak | Event::HardBreak | Event::End(_)
                if !words.ends_with([' ', '\n']) =>
            {
                words.push(' ');
            }
            _ => {}
        }
        if words.len() > most {
            break;
        }
    }
    words.truncate(words.trim_end().len());
    limited(words, most)
}

/// The first paragraphs of a text, of about `most` characters, without headings, badges and tables.
pub(crate) fn beginning(text: &str, most: usize) -> Vec<String> {
    let text = visible(text);
    let prepared = MarkdownText::new(&text);
    let (mut found, mut length) = (Vec::new(), 0);
    let (mut paragraph, mut depth, mut links) = (None::<String>, 0_usize, 0_usize);
    for (event, _) in prepared.events() {
        match event {
            Event::Start(Tag::Paragraph) if depth == 0 => paragraph = Some(String::new()),
            Event::End(TagEnd::Paragraph) if depth == 0 => {
                let words = paragraph.take().unwrap_or_default();
                let words = words.trim();
                if !words.is_empty() {
                    length += words.chars().count();
                    found.push(words.to_owned());
                }
                if length > most / 2 || found.len() == 3 {
                    break;
                }
            }
            // The following text is no paragraph.
            Event::Start(Tag::Heading { .. }) if !found.is_empty() => break,
            Event::Start(Tag::Image { .. }) => links += 1,
            Event::End(TagEnd::Image) => links -= 1,
            Event::Start(
                Tag::List(_)
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::FootnoteDefinition(_)
                | Tag::MetadataBlock(_)
                | Tag::DefinitionList,
            ) => depth += 1,
            Event::End(
                TagEnd::List(_)
                | TagEnd::BlockQuote(_)
                | TagEnd::Table
                | TagEnd::FootnoteDefinition
                | TagEnd::MetadataBlock(_)
                | TagEnd::DefinitionList,
            ) => depth -= 1,
            Event::Text(text) | Event::Code(text) if links == 0 => {
                if let Some(paragraph) = &mut paragraph {
                    paragraph.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(paragraph) = &mut paragraph {
                    paragraph.push(' ');
                }
            }
            _ => {}
        }
    }
    if let Some(last) = found.last_mut()
        && last.chars().count() > most
    {
        *last = last.chars().take(most).chain(['…']).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_text_are_without_markup() {
        let text = "---\na: b\n---\n# T\n\n!!! note \"N\"\n    one `two`\n\n[l](x.md)\n";
        assert_eq!(words(text, 99), "T N one two l");
        assert_eq!(words("é", 1), "");
    }

    #[test]
    fn the_beginning_of_a_text_has_no_headings_and_badges() {
        let text = "# T\n\n[![b](c)](d)\n\nOne\ntwo.\n\n- x\n\n> q\n\nThree.\n\n## More\n\nFour.\n";
        assert_eq!(beginning(text, 99), ["One two.", "Three."]);
        assert_eq!(beginning("abcdef", 3), ["abc…"]);
    }
}
