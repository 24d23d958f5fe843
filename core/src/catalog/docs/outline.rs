//! The outline of a Markdown text: its headings with their anchors, links and images.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Tag, TagEnd};

use super::dialect::{Block, MarkdownText};

/// Anchors of the page layout, which no heading may have.
const TAKEN: [&str; 8] = ["main", "nav", "search", "who", "theme", "my", "my-menu", "toc"];

/// Headings, links and images of a text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The title: that of the front matter, else the first heading when it is of level 1 or 2.
    pub title: Option<String>,
    /// Headings in their order.
    pub headings: Vec<Heading>,
    /// Links and images in their order.
    pub references: Vec<Reference>,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// From 1 to 6.
    pub level: u8,
    /// Its words.
    pub text: String,
    /// The anchor, unique in the text.
    pub id: String,
    slug: String,
}

/// A link or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its target as written.
    pub address: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Whether it is an image.
    pub is_image: bool,
}

impl Outline {
    /// Makes the outline of a text.
    pub fn of(text: &str) -> Self {
        let prepared = MarkdownText::new(text);
        let (mut outline, mut ids) = (Self::default(), Ids::default());
        let mut heading: Option<(u8, Option<String>, String)> = None;
        let mut is_metadata = false;
        for (event, range) in prepared.events() {
            match event {
                Event::Start(Tag::MetadataBlock(_)) => is_metadata = true,
                Event::End(TagEnd::MetadataBlock(_)) => is_metadata = false,
                Event::Text(text) if is_metadata => outline.title = title_of(&text),
                Event::Start(Tag::Heading { level, id, .. }) => {
                    heading = Some((level as u8, id.map(|id| id.to_string()), String::new()));
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some((level, id, text)) = heading.take()
                        && Block::of(&text).is_none()
                    {
                        outline.headings.push(ids.heading(level, id, text));
                    }
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some((_, _, words)) = &mut heading {
                        words.push_str(&text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    outline.refer(&dest_url, prepared.line(range.start), false);
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    outline.refer(&dest_url, prepared.line(range.start), true);
                }
                _ => {}
            }
        }
        let first = outline.headings.first().filter(|heading| heading.level <= 2);
        let first = first.map(|heading| heading.text.trim().to_owned());
        outline.title = outline.title.or(first).filter(|title| !title.is_empty());
        outline
    }

    fn refer(&mut self, address: &str, line: usize, is_image: bool) {
        self.references.push(Reference { address: address.to_owned(), line, is_image });
    }

    /// Resolves an anchor: one of this text, or one that another renderer makes of a heading of this text.
    pub fn anchor(&self, wanted: &str) -> Option<&str> {
        let find = |is: &dyn Fn(&Heading) -> bool| self.headings.iter().find(|heading| is(heading));
        let slugged = slug(wanted);
        let again = || {
            // The second of two equal headings is `a-1` here and on GitHub, and `a_1` in `MkDocs`.
            let (first, number) = wanted.rsplit_once('_')?;
            let id = format!("{}-{}", slug(first), number.parse::<u32>().ok()?);
            find(&|heading| heading.id == id)
        };
        find(&|heading| heading.id == wanted)
            .or_else(|| find(&|heading| heading.slug == slugged))
            .or_else(again)
            .map(|heading| heading.id.as_str())
    }
}

/// Gives headings their anchors.
#[derive(Debug, Default)]
struct Ids {
    used: BTreeSet<String>,
    /// The next number for a slug that is used already.
    next: BTreeMap<String, u32>,
}

impl Ids {
    fn heading(&mut self, level: u8, id: Option<String>, text: String) -> Heading {
        let is_plain = |id: &String| {
            !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let slug = id.filter(is_plain).unwrap_or_else(|| slug(&text));
        let mut id = slug.clone();
        while TAKEN.contains(&id.as_str()) || self.used.contains(&id) {
            let number = self.next.entry(slug.clone()).or_insert(0);
            *number += 1;
            id = format!("{slug}-{number}");
        }
        self.used.insert(id.clone());
        Heading { level, text, id, slug }
    }
}

/// The anchor of a heading: its letters without case and accents, its words joined by `-`.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.trim().chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            c if (c.is_whitespace() || c == '-') && !slug.is_empty() && !slug.ends_with('-') => {
                slug.push('-');
            }
            c if c.is_alphanumeric() || c == '_' => match folded(c) {
                Some(plain) => slug.push_str(plain),
                None => slug.push(c),
            },
            _ => {}
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "section".into() } else { slug }
}

/// A letter without its accent.
fn folded(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' => "a",
        'æ' => "ae",
        'ç' => "c",
        'è'..='ë' => "e",
        'ì'..='ï' => "i",
        'ñ' => "n",
        'ò'..='ö' => "o",
        'œ' => "oe",
        'ù'..='ü' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        _ => return None,
    })
}

/// The `title` of the front matter.
fn title_of(metadata: &str) -> Option<String> {
    let line = metadata.lines().find_map(|line| line.strip_prefix("title:"))?;
    let title = line.trim().trim_matches(['"', '\'']);
    (!title.is_empty()).then(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_unique_and_those_of_other_renderers_are_known() {
        let text =
            "# Créer une commande\n## L'état & suite\n## Search\n## A\n## A\n## B {#own}\n## !\n";
        let outline = Outline::of(text);
        let ids: Vec<_> = outline.headings.iter().map(|h| h.id.as_str()).collect();
        assert_eq!(
            ids,
            ["creer-une-commande", "letat-suite", "search-1", "a", "a-1", "own", "section"]
        );
        let anchors = ["créer-une-commande", "létat--suite", "search", "a_1", "a-1", "own", "c"];
        assert_eq!(
            anchors.map(|anchor| outline.anchor(anchor)),
            [
                Some(ids[0]),
                Some(ids[1]),
                Some(ids[2]),
                Some(ids[4]),
                Some(ids[4]),
                Some("own"),
                None
            ]
        );
        assert_eq!(outline.title.as_deref(), Some("Créer une commande"));
    }

    #[test]
    fn references_have_their_lines() {
        let outline = Outline::of("---\ntitle: \"T\"\n---\n[a](b.md)\n\n![c][d]\n\n[d]: e.png\n");
        let found: Vec<_> =
            outline.references.iter().map(|r| (r.address.as_str(), r.line, r.is_image)).collect();
        assert_eq!(found, [("b.md", 4, false), ("e.png", 6, true)]);
        assert_eq!(outline.title.as_deref(), Some("T"));
    }

    proptest::proptest! {
        #[test]
        fn no_two_headings_have_one_anchor(
            texts in proptest::collection::vec("(main|a|A|a-1|é|e|!|search|\\PC{0,3}){1,2}( \\{#a\\})?", 0..12)
        ) {
            let text = texts.iter().fold(String::new(), |all, text| all + "# " + text + "\n\n");
            let headings = Outline::of(&text).headings;
            let ids: BTreeSet<_> = headings.iter().map(|heading| &heading.id).collect();
            proptest::prop_assert_eq!(ids.len(), headings.len());
            proptest::prop_assert!(TAKEN.iter().all(|taken| !ids.contains(&(*taken).to_owned())));
        }
    }
}
