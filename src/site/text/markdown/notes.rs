//! Admonitions, footnotes and comments of documentation pages.

use std::{collections::BTreeMap, fmt::Write};

/// The tone of a type of admonition, which is also the key of its message; `None` for an unknown type.
pub(super) fn tone(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "note" | "info" | "abstract" | "summary" | "tldr" | "seealso" | "todo" => "note",
        "tip" | "hint" | "success" | "check" | "done" => "tip",
        "important" => "important",
        "warning" | "caution" | "attention" => "warning",
        "danger" | "error" | "failure" | "fail" | "missing" | "bug" => "danger",
        _ => return None,
    })
}

/// The icon of a tone.
pub(super) fn icon(tone: &str) -> &'static str {
    match tone {
        "tip" => "check",
        "warning" => "l-warning",
        "danger" => "l-error",
        _ => "l-note",
    }
}

/// Footnotes, numbered in the order in which they are first referred to.
#[derive(Debug, Default)]
pub(super) struct Notes {
    numbers: BTreeMap<String, usize>,
    /// How many references each has.
    times: BTreeMap<usize, usize>,
    texts: BTreeMap<usize, String>,
    /// The footnote that is being read, and the output before it.
    open: Vec<(usize, String)>,
}

impl Notes {
    fn number(&mut self, label: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(label.to_lowercase()).or_insert(next)
    }

    /// The HTML of a reference to a footnote.
    pub(super) fn refer(&mut self, label: &str) -> String {
        let number = self.number(label);
        let times = self.times.entry(number).or_insert(0);
        *times += 1;
        let id =
            if *times == 1 { format!("from:{number}") } else { format!("from:{number}:{times}") };
        format!("<sup id=\"{id}\"><a href=\"#note:{number}\">{number}</a></sup>")
    }

    /// Begins a footnote: until its end, `out` has its text only.
    pub(super) fn begin(&mut self, label: &str, out: &mut String) {
        let number = self.number(label);
        self.open.push((number, std::mem::take(out)));
    }

    /// Ends a footnote.
    pub(super) fn end(&mut self, out: &mut String) {
        if let Some((number, before)) = self.open.pop() {
            let text = std::mem::replace(out, before);
            self.texts.entry(number).or_insert(text);
        }
    }

    /// The HTML of all footnotes.
    pub(super) fn list(&self) -> String {
        if self.texts.is_empty() {
            return String::new();
        }
        let mut list = "<ol class=\"footnotes\">\n".to_owned();
        for (number, text) in &self.texts {
            let back = match self.times.get(number) {
                Some(_) => format!("<a class=\"back\" href=\"#from:{number}\">↩</a>"),
                None => String::new(),
            };
            let _ = writeln!(list, "<li id=\"note:{number}\" value=\"{number}\">{text}{back}</li>");
        }
        list + "</ol>\n"
    }
}

/// A text without HTML comments.
pub(super) fn without_comments(text: &str) -> String {
    let (mut rest, mut out) = (text, String::new());
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

/// A text of at most `most` bytes.
pub(super) fn limited(mut text: String, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.truncate(end.unwrap_or(0));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_dropped() {
        assert_eq!(without_comments("a<!-- b -->c<!-- d"), "ac");
    }
}
