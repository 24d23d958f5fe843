//! `text.replace` and `text.replaceAll`, with the patterns `$$`, `$&`, `` $` `` and `$'` in the replacement.

use super::Arguments;
use crate::engine::{error::Complaint, limits::Meter, value::Value};

/// Replaces the first occurrence of a text, or all; the replacement may have `$` patterns.
pub(super) fn replace(
    text: &str,
    arguments: &Arguments<'_>,
    all: bool,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let (old, new) = (arguments.get(0).to_text(meter)?, arguments.get(1).to_text(meter)?);
    let replacement = Replacement::of(&new, meter)?;
    let mut out = String::new();
    let mut done = 0;
    for (at, found) in text.match_indices(&*old).take(if all { usize::MAX } else { 1 }) {
        let kept = &text[done..at];
        done = at + found.len();
        let around = [&text[..at], found, &text[done..]];
        let added = kept.len().saturating_add(replacement.length(around));
        meter.spend(1 + replacement.0.len())?;
        meter.growth(out.len().saturating_add(added), added)?;
        out.push_str(kept);
        replacement.expand(&mut out, around);
    }
    meter.growth(out.len() + text.len() - done, text.len() - done)?;
    out.push_str(&text[done..]);
    Ok(Value::text(out))
}

/// A parsed replacement: literal texts, the match, and the text before and after it.
struct Replacement<'p>(Vec<Part<'p>>);

enum Part<'p> {
    Literal(&'p str),
    Before,
    Found,
    After,
}

impl<'p> Replacement<'p> {
    fn of(text: &'p str, meter: &Meter) -> Result<Self, Complaint> {
        meter.spend(4 * (1 + 2 * text.matches('$').count()))?;
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (shown, length) = match rest.as_bytes().get(at + 1) {
                Some(b'&') => (Part::Found, 2),
                Some(b'`') => (Part::Before, 2),
                Some(b'\'') => (Part::After, 2),
                Some(b'$') => (Part::Literal("$"), 2),
                _ => (Part::Literal("$"), 1),
            };
            parts.extend([Part::Literal(&rest[..at]), shown]);
            rest = &rest[at + length..];
        }
        parts.push(Part::Literal(rest));
        Ok(Self(parts))
    }

    /// Its length in bytes when it is expanded.
    fn length(&self, around: [&str; 3]) -> usize {
        self.0.iter().map(|part| part.shown(around).len()).fold(0, usize::saturating_add)
    }

    fn expand(&self, out: &mut String, around: [&str; 3]) {
        self.0.iter().for_each(|part| out.push_str(part.shown(around)));
    }
}

impl Part<'_> {
    fn shown<'s>(&'s self, [before, found, after]: [&'s str; 3]) -> &'s str {
        match self {
            Self::Literal(text) => text,
            Self::Before => before,
            Self::Found => found,
            Self::After => after,
        }
    }
}
