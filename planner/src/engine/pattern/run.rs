//! The matcher: goes on with the first alternative, and back to the next where that fails.

use super::program::{Program, Set, Step};
use super::{Flags, Match, after};
use crate::engine::error::Complaint;
use crate::engine::limits::Meter;

/// Most places that the matcher can go back to.
const PLACES: usize = 500_000;

/// What is undone or tried when a way fails.
#[derive(Debug, Clone, Copy)]
enum Back {
    /// Go on there.
    To { step: usize, at: usize },
    /// Take one character less of a set, down to `least`.
    Less { step: usize, at: usize, least: usize },
    /// Take one character more of a set.
    More { step: usize, at: usize, left: usize },
    /// Enter a loop once more.
    Enter { step: usize, at: usize },
    /// A note was other.
    Note { note: usize, old: Option<usize> },
    /// A counter was other.
    Counter { counter: usize, old: Counter },
}

/// How often a loop was entered, and where last.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    count: usize,
    entry: usize,
}

struct Matcher<'m> {
    program: &'m Program,
    flags: Flags,
    text: &'m str,
    meter: &'m Meter,
    notes: Vec<Option<usize>>,
    counters: Vec<Counter>,
    back: Vec<Back>,
    /// What a step costs: characters are compared in up to four forms without regard to case.
    cost: usize,
}

pub(super) fn find(
    program: &Program,
    flags: Flags,
    text: &str,
    mut start: usize,
    meter: &Meter,
) -> Result<Option<Match>, Complaint> {
    meter.spend(4 + program.groups + program.counters)?;
    let mut matcher = Matcher {
        program,
        flags,
        text,
        meter,
        notes: vec![None; 2 * program.groups],
        counters: vec![Counter::default(); program.counters],
        back: Vec::new(),
        cost: if flags.ignore_case { 3 } else { 1 },
    };
    while start <= text.len() {
        if let (Some(first), false) = (program.first, flags.sticky) {
            let found = text[start..].find(first);
            meter.scan(found.unwrap_or(text.len() - start))?;
            let Some(offset) = found else { return Ok(None) };
            start += offset;
        }
        matcher.notes.fill(None);
        matcher.back.clear();
        if let Some(end) = matcher.run(0, start)? {
            let groups = matcher.notes.chunks(2).map(|ends| ends[0].zip(ends[1])).collect();
            return Ok(Some(Match { start, end, groups }));
        }
        if flags.sticky {
            return Ok(None);
        }
        start = after(text, start);
    }
    Ok(None)
}

impl Matcher<'_> {
    /// Runs the steps from one at a place of the text; returns where they are done.
    fn run(&mut self, step: usize, at: usize) -> Result<Option<usize>, Complaint> {
        let base = self.back.len();
        let (mut step, mut at) = (step, at);
        loop {
            self.meter.spend(self.cost)?;
            let next = match &self.program.steps[step] {
                Step::Done => return Ok(Some(at)),
                Step::One { set, is_backward } => {
                    self.one(set, at, *is_backward).map(|at| (step + 1, at))
                }
                Step::Many { .. } => self.many(step, at)?.map(|at| (step + 1, at)),
                Step::Start => self.is_start(at).then_some((step + 1, at)),
                Step::End => self.is_end(at).then_some((step + 1, at)),
                Step::Boundary { is_negated } => {
                    let is_boundary = self.is_word_before(at) != self.is_word_after(at);
                    (is_boundary != *is_negated).then_some((step + 1, at))
                }
                Step::Note(note) => {
                    self.note(*note, Some(at))?;
                    Some((step + 1, at))
                }
                Step::Back { group, is_backward } => {
                    self.group(*group, at, *is_backward)?.map(|at| (step + 1, at))
                }
                Step::Try(other) => {
                    self.push(Back::To { step: *other, at })?;
                    Some((step + 1, at))
                }
                Step::Jump(to) => Some((*to, at)),
                Step::Begin(counter) => {
                    self.count(*counter, Counter { count: 0, entry: at })?;
                    Some((step + 1, at))
                }
                Step::Loop { .. } => self.repeat(step, at)?.map(|step| (step, at)),
                Step::Look { is_negated, exit } => {
                    self.look(step + 1, at, *is_negated)?.then_some((*exit, at))
                }
            };
            (step, at) = match next {
                Some(next) => next,
                None => match self.back(base)? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
        }
    }

    fn push(&mut self, back: Back) -> Result<(), Complaint> {
        if self.back.len() >= PLACES {
            return Err(Complaint::limit("the regular expression has too many ways to match"));
        }
        self.back.push(back);
        Ok(())
    }

    /// Goes back to the last alternative; `None` when there is none above `base`.
    fn back(&mut self, base: usize) -> Result<Option<(usize, usize)>, Complaint> {
        while self.back.len() > base
            && let Some(back) = self.back.pop()
        {
            self.meter.spend(1)?;
            match back {
                Back::To { step, at } => return Ok(Some((step, at))),
                Back::Note { note, old } => self.notes[note] = old,
                Back::Counter { counter, old } => self.counters[counter] = old,
                Back::Enter { step, at } => {
                    self.enter(step, at)?;
                    return Ok(Some((step + 1, at)));
                }
                Back::Less { step, at, least } => {
                    let Step::Many { is_backward, .. } = &self.program.steps[step] else {
                        continue;
                    };
                    let less = if *is_backward { after(self.text, at) } else { self.before(at) };
                    if less != least {
                        self.push(Back::Less { step, at: less, least })?;
                    }
                    return Ok(Some((step + 1, less)));
                }
                Back::More { step, at, left } => {
                    let Step::Many { set, is_backward, .. } = &self.program.steps[step] else {
                        continue;
                    };
                    if let Some(more) = self.one(set, at, *is_backward) {
                        if left > 1 {
                            self.push(Back::More { step, at: more, left: left - 1 })?;
                        }
                        return Ok(Some((step + 1, more)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn note(&mut self, note: usize, value: Option<usize>) -> Result<(), Complaint> {
        let old = self.notes[note];
        self.push(Back::Note { note, old })?;
        self.notes[note] = value;
        Ok(())
    }

    fn count(&mut self, counter: usize, value: Counter) -> Result<(), Complaint> {
        let old = self.counters[counter];
        self.push(Back::Counter { counter, old })?;
        self.counters[counter] = value;
        Ok(())
    }

    /// Decides at the head of a loop; returns the next step.
    fn repeat(&mut self, step: usize, at: usize) -> Result<Option<usize>, Complaint> {
        let Step::Loop { counter, least, most, is_greedy, exit, .. } = &self.program.steps[step]
        else {
            return Ok(None);
        };
        let Counter { count, entry } = self.counters[*counter];
        // A round beyond the least that matches nothing does not count.
        if count > *least && entry == at {
            return Ok(None);
        }
        if count < *least {
            self.enter(step, at)?;
            return Ok(Some(step + 1));
        }
        if count >= *most {
            return Ok(Some(*exit));
        }
        if *is_greedy {
            self.push(Back::To { step: *exit, at })?;
            self.enter(step, at)?;
            Ok(Some(step + 1))
        } else {
            self.push(Back::Enter { step, at })?;
            Ok(Some(*exit))
        }
    }

    /// Begins a round of a loop: its groups have matched nothing yet.
    fn enter(&mut self, step: usize, at: usize) -> Result<(), Complaint> {
        let Step::Loop { counter, groups, .. } = &self.program.steps[step] else { return Ok(()) };
        let count = self.counters[*counter].count + 1;
        self.count(*counter, Counter { count, entry: at })?;
        for note in 2 * groups.0..2 * groups.1 {
            if self.notes[note].is_some() {
                self.meter.spend(1)?;
                self.note(note, None)?;
            }
        }
        Ok(())
    }

    /// Runs the steps of a look; its alternatives are forgotten when it holds, its notes are kept.
    fn look(&mut self, step: usize, at: usize, is_negated: bool) -> Result<bool, Complaint> {
        let base = self.back.len();
        let holds = self.run(step, at)?.is_some();
        if holds && is_negated {
            while self.back.len() > base
                && let Some(back) = self.back.pop()
            {
                match back {
                    Back::Note { note, old } => self.notes[note] = old,
                    Back::Counter { counter, old } => self.counters[counter] = old,
                    _ => {}
                }
            }
        } else if holds {
            self.meter.spend(self.back.len() - base)?;
            let made = self.back.split_off(base);
            let is_note = |back: &Back| matches!(back, Back::Note { .. } | Back::Counter { .. });
            self.back.extend(made.into_iter().filter(is_note));
        }
        Ok(holds != is_negated)
    }

    /// Takes as many characters of a set as there are, or as few as there may be.
    fn many(&mut self, step: usize, at: usize) -> Result<Option<usize>, Complaint> {
        let Step::Many { set, least, most, is_greedy, is_backward } = &self.program.steps[step]
        else {
            return Ok(None);
        };
        let mut end = at;
        for _ in 0..*least {
            self.meter.spend(self.cost)?;
            match self.one(set, end, *is_backward) {
                Some(next) => end = next,
                None => return Ok(None),
            }
        }
        let (first, mut left) = (end, *most - *least);
        if !*is_greedy {
            if left > 0 {
                self.push(Back::More { step, at: end, left })?;
            }
            return Ok(Some(end));
        }
        while left > 0
            && let Some(next) = self.one(set, end, *is_backward)
        {
            self.meter.spend(self.cost)?;
            (end, left) = (next, left - 1);
        }
        if end != first {
            self.push(Back::Less { step, at: end, least: first })?;
        }
        Ok(Some(end))
    }

    /// Takes one character of a set; returns the place behind it.
    fn one(&self, set: &Set, at: usize, is_backward: bool) -> Option<usize> {
        let c = match is_backward {
            true => self.text[..at].chars().next_back()?,
            false => self.text[at..].chars().next()?,
        };
        let is_in = match set {
            Set::Any => !is_line_end(c),
            Set::Char(expected) => self.is_equal(c, *expected),
            Set::Class(class) => {
                let is_in = class.contains(c)
                    || self.flags.ignore_case
                        && [upper(c), lower(upper(c)), lower(c)].iter().any(|c| class.contains(*c));
                is_in != class.is_negated
            }
        };
        let length = c.len_utf8();
        is_in.then(|| if is_backward { at - length } else { at + length })
    }

    fn is_equal(&self, one: char, other: char) -> bool {
        one == other || self.flags.ignore_case && upper(one) == upper(other)
    }

    /// Takes what a group has matched; a group that has not matches nothing.
    fn group(
        &self,
        group: usize,
        at: usize,
        is_backward: bool,
    ) -> Result<Option<usize>, Complaint> {
        let ends = self.notes.get(2 * group..2 * group + 2).and_then(|ends| ends[0].zip(ends[1]));
        let Some((start, end)) = ends.filter(|(start, end)| start <= end) else {
            return Ok(Some(at));
        };
        let found = &self.text[start..end];
        self.meter.scan(found.len())?;
        let length = found.len();
        if !self.flags.ignore_case {
            let (before, behind) = self.text.split_at(at);
            return Ok(match is_backward {
                true => before.ends_with(found).then(|| at - length),
                false => behind.starts_with(found).then(|| at + length),
            });
        }
        self.meter.spend(length)?;
        let mut place = at;
        let mut expected: Vec<char> = found.chars().collect();
        if is_backward {
            expected.reverse();
        }
        for c in expected {
            match self.one(&Set::Char(c), place, is_backward) {
                Some(next) => place = next,
                None => return Ok(None),
            }
        }
        Ok(Some(place))
    }

    fn before(&self, at: usize) -> usize {
        at - self.text[..at].chars().next_back().map_or(0, char::len_utf8)
    }

    fn is_start(&self, at: usize) -> bool {
        at == 0 || self.flags.multiline && self.text[..at].ends_with(is_line_end)
    }

    fn is_end(&self, at: usize) -> bool {
        at == self.text.len() || self.flags.multiline && self.text[at..].starts_with(is_line_end)
    }

    fn is_word_before(&self, at: usize) -> bool {
        self.text[..at].ends_with(is_word)
    }

    fn is_word_after(&self, at: usize) -> bool {
        self.text[at..].starts_with(is_word)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// The upper case that JavaScript compares by: of one character, and ASCII only for ASCII.
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if c.is_ascii() || !upper.is_ascii() => upper,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}
