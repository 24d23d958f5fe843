//! Filters that make or remove HTML. Output is never escaped by itself; these are for those who ask.

use super::super::coercion::is_space;
use super::super::value::Value;
use super::{Input, Outcome};

pub(super) fn safe(input: &mut Input<'_>) -> Outcome {
    match &input.value {
        Value::Safe(_) => Ok(input.value.clone()),
        value => Ok(Value::Safe(value.to_output()?)),
    }
}

pub(super) fn escape(input: &mut Input<'_>) -> Outcome {
    match &input.value {
        Value::Safe(_) => Ok(input.value.clone()),
        _ => forceescape(input),
    }
}

pub(super) fn forceescape(input: &mut Input<'_>) -> Outcome {
    let text = input.value.to_output()?;
    input.budget.spend_text(text.len() * 6)?;
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

pub(super) fn nl2br(input: &mut Input<'_>) -> Outcome {
    if input.value.is_nullish() {
        return Ok(Value::text(""));
    }
    let text = input.strict_text()?;
    input.budget.spend_text(text.len() * 7)?;
    Ok(input.like_input(text.replace("\r\n", "\n").replace('\n', "<br />\n")))
}

/// Removes tags and comments; squeezes white space, or only spaces when line breaks are kept.
pub(super) fn striptags(input: &mut Input<'_>) -> Outcome {
    let text = input.text()?;
    input.budget.spend(text.len() / 8)?;
    let mut plain = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find('<') {
        let length = tag_length(&rest[at..]);
        plain.push_str(&rest[..at + usize::from(length == 0)]);
        rest = &rest[at + length.max(1)..];
    }
    plain.push_str(rest);
    let plain = plain.trim_matches(is_space);
    let squeezed = if input.argument(0).truthy() { squeeze_lines(plain) } else { squeeze(plain) };
    Ok(input.like_input(squeezed))
}

/// The length of the tag or comment that `text` starts with, 0 when there is none.
fn tag_length(text: &str) -> usize {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map_or(0, |end| end + "<!---->".len());
    }
    let name = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || name[length..].starts_with(is_word) {
        return 0;
    }
    text.find('>').map_or(0, |end| end + 1)
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
