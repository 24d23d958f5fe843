//! An automaton for dictionaries that accepts terms with one or two typos of a word (optimal string alignment).
//!
//! A typo, here *slip*, is an inserted, missing or wrong letter, or two swapped letters. The state has, for each
//! number of slips, a bit for each position of the word that can be reached, so that a step is a few operations.

use tantivy_fst::Automaton;

/// The longest word with typos, in bytes: one bit for each byte, and one for the start.
const LONGEST: usize = 60;
/// The maximum number of slips.
const MOST: usize = 2;

/// Accepts terms with at most a number of slips, or terms that begin so.
#[derive(Debug)]
pub(crate) struct Typos<'a> {
    word: &'a [u8],
    /// For each byte value, the bits of its positions in the word.
    places_of: Vec<u64>,
    slips: usize,
    /// Whether terms may continue after the word.
    is_open: bool,
}

/// The reachable positions of the word.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Positions {
    /// By number of slips; bit `n` means that `n` letters of the word are matched.
    places: [u64; MOST + 1],
    /// The same in the middle of two swapped letters.
    swapping: [u64; MOST + 1],
    /// Whether the whole word was matched, so that further letters are an ending.
    is_done: bool,
}

impl<'a> Typos<'a> {
    /// An automaton for at most `slips` slips. Words that are too long get no slips.
    pub(crate) fn new(word: &'a str, slips: usize, is_open: bool) -> Self {
        let slips = if word.len() > LONGEST { 0 } else { slips.min(MOST) };
        let word = &word.as_bytes()[..word.len().min(LONGEST)];
        let mut places_of = vec![0; 256];
        word.iter().enumerate().for_each(|(at, byte)| places_of[usize::from(*byte)] |= 1 << at);
        Self { word, places_of, slips, is_open }
    }

    /// The number of slips of `term`; `None` when it is too large.
    pub(crate) fn slips_of(&self, term: &[u8]) -> Option<usize> {
        let mut state = self.start();
        let mut fewest = self.end(&state);
        for byte in term {
            state = self.accept(&state, *byte);
            let here = self.end(&state);
            fewest = if self.is_open { fewest.into_iter().chain(here).min() } else { here };
        }
        fewest
    }

    /// The smallest number of slips with which the whole word is matched.
    fn end(&self, state: &Positions) -> Option<usize> {
        (0..=self.slips).find(|&slips| state.places[slips] & 1 << self.word.len() != 0)
    }
}

impl Automaton for Typos<'_> {
    type State = Positions;

    fn start(&self) -> Positions {
        let mut start = Positions::default();
        (0..=self.slips).for_each(|slips| start.places[slips] = (2 << slips) - 1);
        start.is_done = self.is_open && self.end(&start).is_some();
        start
    }

    fn is_match(&self, state: &Positions) -> bool {
        state.is_done || self.end(state).is_some()
    }

    fn can_match(&self, state: &Positions) -> bool {
        state.is_done || state.places.iter().chain(&state.swapping).any(|places| *places != 0)
    }

    fn will_always_match(&self, state: &Positions) -> bool {
        state.is_done
    }

    fn accept(&self, state: &Positions, byte: u8) -> Positions {
        let same = self.places_of[usize::from(byte)];
        let all = (2 << self.word.len()) - 1;
        let mut next = Positions::default();
        next.places[0] = (state.places[0] & same) << 1;
        for slips in 1..=self.slips {
            let before = state.places[slips - 1];
            next.places[slips] = (state.places[slips] & same) << 1
                | before
                | before << 1
                | next.places[slips - 1] << 1
                | (state.swapping[slips] & same) << 2;
            next.places[slips] &= all;
            next.swapping[slips] = before & same >> 1;
        }
        next.is_done = state.is_done || self.is_open && self.end(&next).is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips(word: &str, term: &str) -> Option<usize> {
        Typos::new(word, 2, false).slips_of(term.as_bytes())
    }

    #[test]
    fn a_slip_is_a_letter_more_less_wrong_or_two_swapped() {
        for (term, expected) in [
            ("basket", Some(0)),
            ("baskets", Some(1)),
            ("basked", Some(1)),
            ("baket", Some(1)),
            ("abasket", Some(1)),
            ("bakset", Some(1)),
            ("absket", Some(1)),
            ("baskte", Some(1)),
            ("bskt", Some(2)),
            ("bsakte", Some(2)),
            ("bakste", Some(2)),
            ("ticket", None),
            ("", None),
        ] {
            assert_eq!(slips("basket", term), expected, "{term}");
        }
        assert_eq!(slips("été", "été"), Some(0));
    }

    #[test]
    fn an_open_word_takes_any_ending() {
        let open = Typos::new("chekcout", 1, true);
        assert_eq!(open.slips_of(b"checkout-service"), Some(1));
        assert_eq!(open.slips_of(b"chekcouts"), Some(0));
        assert_eq!(open.slips_of(b"check"), None);
    }

    #[test]
    fn long_words_have_no_typos() {
        let word = "x".repeat(80);
        assert_eq!(Typos::new(&word, 2, true).slips_of(word.as_bytes()), Some(0));
        assert_eq!(Typos::new(&word, 2, true).slips_of(&word.as_bytes()[1..40]), None);
    }
}
