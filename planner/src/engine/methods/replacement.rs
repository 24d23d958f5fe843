//! `text.replace` and `text.replaceAll`, with the patterns `$$`, `$&`, `` $` ``, `$'`, `$1` and `$<name>` in the
//! replacement.

use super::Arguments;
use crate::engine::pattern::{Match, Pattern};
use crate::engine::{error::Complaint, limits::Meter, value::Value};

/// Replaces the first occurrence of a text, or all; a regular expression says itself which.
pub(super) fn replace(
    text: &str,
    arguments: &Arguments<'_>,
    all: bool,
    meter: &Meter,
) -> Result<Value, Complaint> {
    let new = arguments.get(1).to_text(meter)?;
    if let Value::Regex(regex) = arguments.get(0) {
        if all && !regex.pattern().flags().global {
            return Err("`replaceAll` needs a regular expression with the flag `g`".into());
        }
        return by_pattern(text, regex.pattern(), &new, meter).map(Value::text);
    }
    let old = arguments.get(0).to_text(meter)?;
    let found = text.match_indices(&*old).take(if all { usize::MAX } else { 1 });
    let found = found.map(|(start, found)| (start, start + found.len(), &[][..]));
    expanded(text, found, &Replacement::of(&new, None, meter)?, meter).map(Value::text)
}

/// Replaces the first match of a pattern, or with the flag `g` all.
pub(in super::super) fn by_pattern(
    text: &str,
    pattern: &Pattern,
    new: &str,
    meter: &Meter,
) -> Result<String, Complaint> {
    let limit = if pattern.flags().global { usize::MAX } else { 1 };
    let found: Vec<Match> = pattern.find_all(text, limit, meter)?;
    let replacement = Replacement::of(new, Some(pattern), meter)?;
    let found = found.iter().map(|found| (found.start, found.end, &found.groups[..]));
    expanded(text, found, &replacement, meter)
}

/// Start, end and groups of what is replaced, in bytes.
type Place<'p> = (usize, usize, &'p [Option<(usize, usize)>]);

fn expanded<'p>(
    text: &str,
    found: impl Iterator<Item = Place<'p>>,
    replacement: &Replacement<'_>,
    meter: &Meter,
) -> Result<String, Complaint> {
    let mut out = String::new();
    let mut done = 0;
    for place in found {
        let kept = &text[done..place.0];
        done = place.1;
        let added = kept.len().saturating_add(replacement.length(text, place));
        meter.spend(1 + replacement.0.len())?;
        meter.growth(out.len().saturating_add(added), added)?;
        out.push_str(kept);
        replacement.expand(&mut out, text, place);
    }
    meter.growth(out.len() + text.len() - done, text.len() - done)?;
    out.push_str(&text[done..]);
    Ok(out)
}

/// A parsed replacement: literal texts, the match and its groups, and the text before and after it.
struct Replacement<'p>(Vec<Part<'p>>);

enum Part<'p> {
    Literal(&'p str),
    Before,
    Found,
    After,
    Group(usize),
}

impl<'p> Replacement<'p> {
    fn of(text: &'p str, pattern: Option<&Pattern>, meter: &Meter) -> Result<Self, Complaint> {
        meter.spend(4 * (1 + 2 * text.matches('$').count()))?;
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (shown, length) = match rest.as_bytes().get(at + 1) {
                Some(b'&') => (Part::Found, 2),
                Some(b'`') => (Part::Before, 2),
                Some(b'\'') => (Part::After, 2),
                Some(b'$') => (Part::Literal("$"), 2),
                _ => pattern
                    .and_then(|pattern| group(&rest[at + 1..], pattern))
                    .map_or((Part::Literal("$"), 1), |(part, length)| (part, 1 + length)),
            };
            parts.extend([Part::Literal(&rest[..at]), shown]);
            rest = &rest[at + length..];
        }
        parts.push(Part::Literal(rest));
        Ok(Self(parts))
    }

    /// Its length in bytes when it is expanded.
    fn length(&self, text: &str, place: Place<'_>) -> usize {
        self.0.iter().map(|part| part.shown(text, place).len()).fold(0, usize::saturating_add)
    }

    fn expand(&self, out: &mut String, text: &str, place: Place<'_>) {
        self.0.iter().for_each(|part| out.push_str(part.shown(text, place)));
    }
}

/// Reads the number or name of a group behind `$`: one or two digits, or `<name>`.
fn group<'p>(text: &str, pattern: &Pattern) -> Option<(Part<'p>, usize)> {
    if let Some(rest) = text.strip_prefix('<') {
        if pattern.names().is_empty() {
            return None;
        }
        let (name, _) = rest.split_once('>')?;
        let group = pattern.names().iter().find(|(known, _)| known == name);
        let part = group.map_or(Part::Literal(""), |(_, group)| Part::Group(*group));
        return Some((part, name.len() + 2));
    }
    let number = |length: usize| {
        let digits = text.get(..length)?;
        let number: usize = digits.parse().ok()?;
        (digits.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=pattern.groups()).contains(&number))
        .then(|| (Part::Group(number - 1), length))
    };
    number(2).or_else(|| number(1))
}

impl Part<'_> {
    fn shown<'s>(&'s self, text: &'s str, (start, end, groups): Place<'_>) -> &'s str {
        match self {
            Self::Literal(text) => text,
            Self::Before => &text[..start],
            Self::Found => &text[start..end],
            Self::After => &text[end..],
            Self::Group(group) => {
                groups.get(*group).copied().flatten().map_or("", |(start, end)| &text[start..end])
            }
        }
    }
}
