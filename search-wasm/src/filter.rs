//! The query language: fields, exclusions and phrases around the words of a question.
//!
//! `kind:api owner:team-x tag:java,kotlin -deprecated -tag:old "exact words"`. A name before a colon
//! that is no field is an ordinary word. Every text is a valid question.

/// A field that questions can filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    /// Kind, in lower case.
    Kind,
    /// `spec.type`.
    Type,
    /// Reference of the owner.
    Owner,
    /// `spec.lifecycle`.
    Lifecycle,
    /// Reference of the system.
    System,
    /// A tag.
    Tag,
    /// Namespace.
    Namespace,
}

impl Facet {
    /// All facets, with their names in questions and the first letter of their terms.
    pub(crate) const ALL: [(Self, &'static str, char); 7] = [
        (Self::Kind, "kind", 'k'),
        (Self::Type, "type", 't'),
        (Self::Owner, "owner", 'o'),
        (Self::Lifecycle, "lifecycle", 'l'),
        (Self::System, "system", 's'),
        (Self::Tag, "tag", 'g'),
        (Self::Namespace, "namespace", 'n'),
    ];

    /// The facet with a name in questions.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(facet, ..)| *facet)
    }

    /// The first letter of the terms of the facet.
    pub(crate) fn letter(self) -> char {
        Self::ALL.iter().find(|(facet, ..)| *facet == self).map_or(' ', |(.., letter)| *letter)
    }
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) facet: Facet,
    /// The accepted values, of which a document has at least one.
    pub(crate) values: Vec<String>,
    pub(crate) is_not: bool,
}

/// A parsed question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The words to search for, as typed.
    pub(crate) words: String,
    /// Excluded words.
    pub(crate) without: Vec<String>,
    /// Phrases.
    pub(crate) phrases: Vec<String>,
    /// Conditions on fields.
    pub(crate) conditions: Vec<Condition>,
    /// References of entities: only these can be hits. `None` allows all entities.
    pub(crate) references: Option<Vec<String>>,
    /// The parts of the question other than words, as typed.
    typed: Vec<String>,
}

impl Filter {
    /// Parses a question.
    pub(crate) fn parse(question: &str) -> Self {
        let mut filter = Self::default();
        let mut rest = question;
        while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
            // Space between tokens belongs to the words: a space at the end completes the last word.
            filter.words.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = token_end(rest);
            filter.take(&rest[..end]);
            rest = &rest[end..];
        }
        filter.words.push_str(rest);
        filter
    }

    /// Whether the question has conditions, phrases or exclusions.
    pub(crate) fn is_narrow(&self) -> bool {
        !(self.without.is_empty()
            && self.phrases.is_empty()
            && self.conditions.is_empty()
            && self.references.is_none())
    }

    /// The same question with other words.
    pub(crate) fn with_words(&self, words: &str) -> String {
        let typed = self.typed.iter().map(String::as_str);
        typed.chain([words]).collect::<Vec<_>>().join(" ")
    }

    fn take(&mut self, token: &str) {
        let (is_not, bare) = match token.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, token),
        };
        if let Some((name, value)) = bare.split_once(':') {
            if name == "ref" && !is_not {
                self.typed.push(token.to_owned());
                return self.references.get_or_insert_default().extend(values(value));
            }
            if let Some(facet) = Facet::named(name) {
                let values = values(value);
                if !values.is_empty() {
                    self.typed.push(token.to_owned());
                    self.conditions.push(Condition { facet, values, is_not });
                }
                return;
            }
        }
        match (is_not, unquoted(bare)) {
            (true, text) => {
                self.typed.push(token.to_owned());
                self.without.push(text.unwrap_or(bare).to_owned());
            }
            (false, Some(phrase)) => {
                // The words of a phrase have weights and are marked like other words.
                self.words.push_str(phrase);
                self.phrases.push(phrase.to_owned());
            }
            (false, None) => self.words.push_str(token),
        }
    }
}

/// The end of the first token of a text: the first space outside of quotes.
fn token_end(text: &str) -> usize {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => return at,
            _ => {}
        }
    }
    // A quote without an end, while somebody types, does not count.
    match is_quoted {
        true => text.find(char::is_whitespace).unwrap_or(text.len()),
        false => text.len(),
    }
}

/// The text in quotes; `None` when the quote has no end.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.trim().is_empty()).then_some(inner)
}

/// The values of a list such as `a,"b c",d`.
fn values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => values.push(String::new()),
            c => values.iter_mut().last().into_iter().for_each(|value| value.push(c)),
        }
    }
    values.retain(|value| !value.trim().is_empty());
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_taken_apart() {
        let filter = Filter::parse(
            r#"check kind:api owner:a,"b c" -tag:old -deprecated "exact words" http://x ou"#,
        );
        assert_eq!(
            filter.words.split_whitespace().collect::<Vec<_>>(),
            ["check", "exact", "words", "http://x", "ou"]
        );
        assert_eq!(filter.without, ["deprecated"]);
        assert_eq!(filter.phrases, ["exact words"]);
        let said: Vec<_> =
            filter.conditions.iter().map(|c| (c.facet, c.values.join("|"), c.is_not)).collect();
        assert_eq!(
            said,
            [
                (Facet::Kind, "api".into(), false),
                (Facet::Owner, "a|b c".into(), false),
                (Facet::Tag, "old".into(), true)
            ]
        );
    }

    #[test]
    fn other_words_leave_the_conditions() {
        let filter = Filter::parse(r#"kind:api chekout -"old one" owner:"a b""#);
        assert_eq!(filter.with_words("checkout"), r#"kind:api -"old one" owner:"a b" checkout"#);
    }

    #[test]
    fn a_space_at_the_end_closes_the_last_word() {
        assert_eq!(Filter::parse("kind:api cart ").words, " cart ");
        assert!(Filter::parse("cart kind:api").words.ends_with(' '));
    }

    #[test]
    fn what_is_not_finished_is_no_mistake() {
        for question in ["\"open", "-", "kind:", "owner:\"a", "-\"", ":", "ref:"] {
            assert!(Filter::parse(question).words.len() <= question.len());
        }
        assert_eq!(Filter::parse("kind:").conditions, []);
        assert_eq!(Filter::parse("ref:").references, Some(Vec::new()));
        assert!(!Filter::parse("plain words").is_narrow());
    }
}
