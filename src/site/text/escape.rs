//! Text of others made safe to write into HTML and XML.

use std::io;

use super::markdown::visible;

/// Escapes a text as the site templates do.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    // Writing into memory cannot fail, and what was a text stays one.
    match escape(text, &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => String::new(),
    }
}

/// Escapes HTML, and shows what would hide or reorder text.
pub(crate) fn escape(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    tera::escape_html(&visible(text), out)
}

/// Writes a message as HTML: escaped, with what stands in backticks as `<code>`.
pub(crate) fn message_html(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        match at % 2 {
            0 => html.push_str(&part),
            _ => html.extend(["<code>", &part, "</code>"]),
        }
    }
    html
}

/// Leaves out the characters that an XML 1.0 document cannot hold.
pub(crate) fn without_xml_controls(text: &str) -> String {
    let is_allowed = |c: &char| {
        (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(is_allowed).collect()
}
