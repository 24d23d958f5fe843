//! Filters that make or remove HTML. Nothing is escaped unless a template uses one of these.

use super::super::coercion::is_space;
use super::super::value::Value;
use super::{Input, Outcome};

pub(super) fn safe(input: &Input<'_>) -> Outcome {
    match &input.value {
        Value::Safe(_) => Ok(input.value.clone()),
        value => Ok(Value::Safe(value.to_output(input.meter)?)),
    }
}

pub(super) fn escape(input: &Input<'_>) -> Outcome {
    match &input.value {
        Value::Safe(_) => Ok(input.value.clone()),
        _ => forceescape(input),
    }
}

pub(super) fn forceescape(input: &Input<'_>) -> Outcome {
    let text = input.value.to_output(input.meter)?;
    input.meter.text(text.len() * 6)?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' => out.push_str("&#92;"),
            c => out.push(c),
        }
    }
    Ok(Value::Safe(out.into()))
}

pub(super) fn nl2br(input: &Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        return Ok(Value::text(""));
    }
    let text = input.strict_text()?;
    input.meter.text(text.len() + 6 * text.matches('\n').count())?;
    Ok(input.like_input(text.replace("\r\n", "\n").replace('\n', "<br />\n")))
}

/// Removes tags and comments; squeezes white space, or only spaces when line breaks are kept.
pub(super) fn striptags(input: &Input<'_>) -> Outcome {
    let text = input.text()?;
    input.meter.text(text.len())?;
    let tags = Tags::of(&text);
    let mut plain = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let length = tags.length(start);
        plain.push_str(&text[at..start + usize::from(length == 0)]);
        at = start + length.max(1);
    }
    plain.push_str(&text[at..]);
    let plain = plain.trim_matches(is_space);
    let squeezed = if input.argument(0).truthy()? { squeeze_lines(plain) } else { squeeze(plain) };
    Ok(input.like_input(squeezed))
}

/// A text, and where its last tag and comment end, so that no search runs to the end in vain.
struct Tags<'t> {
    text: &'t str,
    last_tag: usize,
    last_comment: usize,
}

impl<'t> Tags<'t> {
    fn of(text: &'t str) -> Self {
        let after = |end| text.rfind(end).map_or(0, |at| at + 1);
        Self { text, last_tag: after(">"), last_comment: after("-->") }
    }

    /// The length of the tag or comment that starts there with `<`, 0 when there is none.
    fn length(&self, start: usize) -> usize {
        let text = &self.text[start..];
        if let Some(comment) = text.strip_prefix("<!--") {
            let end = if start < self.last_comment { comment.find("-->") } else { None };
            return end.map_or(0, |end| end + "<!---->".len());
        }
        let name = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let has_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !has_name || name[length..].starts_with(is_word) || start >= self.last_tag {
            return 0;
        }
        text.find('>').map_or(0, |end| end + 1)
    }
}

fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_space(c) {
            true if out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out
}

fn squeeze_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut newlines = 0;
    for (place, line) in text.replace("\r\n", "\n").split('\n').enumerate() {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        newlines += usize::from(place > 0);
        if words.is_empty() {
            continue;
        }
        out.push_str(&"\n".repeat(newlines.min(2)));
        out.push_str(&words.join(" "));
        newlines = 0;
    }
    out
}
