//! A question: the typed text as words.

use crate::words;

/// The maximum number of words; further words are ignored.
const MAX_WORDS: usize = 16;
/// Longer words are cut to this length, which no name exceeds.
const MAX_LETTERS: usize = 64;

/// A question as words.
#[derive(Debug, PartialEq)]
pub(crate) struct Question {
    /// The key of the whole question.
    pub(crate) key: String,
    /// The words of the question.
    pub(crate) words: Vec<Word>,
}

/// One word of a question.
#[derive(Debug, PartialEq)]
pub(crate) struct Word {
    /// The word, folded.
    pub(crate) text: String,
    /// Whether the word may be incomplete: the last word, while it is being typed.
    pub(crate) open: bool,
    /// The words of the run by capitals; all of them together count as the word.
    pub(crate) parts: Vec<Word>,
}

impl Question {
    /// Splits the typed text into words. Every text is valid, and may have no words.
    pub(crate) fn parse(typed: &str) -> Self {
        let mut words: Vec<Word> = words::runs(typed)
            .into_iter()
            .take(MAX_WORDS)
            .map(|run| &typed[run])
            .map(|run| Word {
                parts: words::parts(run).into_iter().map(|part| Word::plain(&run[part])).collect(),
                ..Word::plain(run)
            })
            .filter(|word| !word.text.is_empty())
            .collect();
        if let Some(last) = words.last_mut().filter(|_| !typed.ends_with(char::is_whitespace)) {
            last.open = true;
            last.parts.iter_mut().last().into_iter().for_each(|part| part.open = true);
        }
        Self { key: words.iter().map(|word| word.text.as_str()).collect(), words }
    }

    /// The whole question as one word: `check out` may be meant as `checkout`.
    pub(crate) fn as_one_word(&self) -> Option<Word> {
        let last = self.words.last().filter(|_| self.words.len() > 1)?;
        Some(Word { open: last.open, ..Word::plain(&self.key) })
    }
}

impl Word {
    /// A complete word without parts.
    pub(crate) fn plain(run: &str) -> Self {
        let text = words::fold(run).chars().take(MAX_LETTERS).collect();
        Self { text, open: false, parts: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Vec<(String, bool)> {
        Question::parse(typed).words.into_iter().map(|word| (word.text, word.open)).collect()
    }

    #[test]
    fn the_last_word_is_open_until_a_space_follows() {
        assert_eq!(parsed("Équipe ap"), [("equipe".into(), false), ("ap".into(), true)]);
        assert_eq!(parsed("équipe ap "), [("equipe".into(), false), ("ap".into(), false)]);
        assert_eq!(parsed(" \t-"), []);
    }

    #[test]
    fn capitals_give_a_word_parts() {
        let question = Question::parse("checkoutApi");
        let parts: Vec<_> = question.words[0].parts.iter().map(|part| &part.text).collect();
        assert_eq!(parts, ["checkout", "api"]);
        assert_eq!(question.key, "checkoutapi");
    }

    #[test]
    fn a_question_has_bounds() {
        let question = Question::parse(&"word ".repeat(1000));
        assert_eq!(question.words.len(), MAX_WORDS);
        let question = Question::parse(&"é".repeat(1000));
        assert_eq!(question.words[0].text.len(), MAX_LETTERS);
    }
}
