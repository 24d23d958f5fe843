//! Links and anchors of a page, read from its HTML.
//!
//! This is no general HTML parser: it reads what the templates and the Markdown renderer write, in which each `<`
//! of a text is escaped.

use memchr::{memchr, memmem};

/// An attribute that links, or that can be linked to; its value is still escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute<'h> {
    /// The address of a link or an image.
    Address(&'h [u8]),
    /// An anchor.
    Id(&'h [u8]),
}

/// Finds the addresses and anchors in all tags, in their order.
pub(super) fn scan<'h>(html: &'h [u8], mut found: impl FnMut(Attribute<'h>)) {
    let mut at = 0;
    while let Some(open) = memchr(b'<', &html[at..]) {
        at += open + 1;
        let rest = &html[at..];
        at += match rest.first() {
            Some(b'a'..=b'z' | b'A'..=b'Z') => tag(rest, &mut found),
            Some(b'!') if rest.starts_with(b"!--") => end_of(rest, b"-->"),
            _ => 0,
        };
    }
}

/// Reads one tag, and the content of a script or a style; returns the length.
fn tag<'h>(rest: &'h [u8], found: &mut impl FnMut(Attribute<'h>)) -> usize {
    let mut at = rest.iter().position(|b| is_end(*b)).unwrap_or(rest.len());
    let name = &rest[..at];
    loop {
        at += rest[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'/').count();
        if matches!(rest.get(at), None | Some(b'>')) {
            break;
        }
        let start = at;
        // A stray `=` must not end the loop.
        at += 1 + rest[at + 1..].iter().take_while(|b| !is_end(**b) && **b != b'=').count();
        let attribute = &rest[start..at];
        if rest.get(at) != Some(&b'=') {
            continue;
        }
        let value;
        (value, at) = value_at(rest, at + 1);
        match attribute {
            b"href" | b"src" | b"xlink:href" => found(Attribute::Address(value)),
            b"id" => found(Attribute::Id(value)),
            _ => {}
        }
    }
    match name {
        b"script" | b"style" => {
            at + end_of(&rest[at..], if name == b"style" { b"</style" } else { b"</script" })
        }
        _ => at,
    }
}

/// The value that begins at `at`, and where the next attribute begins.
fn value_at(rest: &[u8], at: usize) -> (&[u8], usize) {
    if let Some(quote @ (b'"' | b'\'')) = rest.get(at) {
        let value = &rest[at + 1..];
        let len = memchr(*quote, value).unwrap_or(value.len());
        return (&value[..len], (at + len + 2).min(rest.len()));
    }
    let value = &rest[at..];
    let is_over = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
    let len = value.iter().position(is_over).unwrap_or(value.len());
    (&value[..len], at + len)
}

fn is_end(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
}

fn end_of(rest: &[u8], end: &[u8]) -> usize {
    memmem::find(rest, end).map_or(rest.len(), |at| at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_from_tags_but_not_from_comments_and_scripts() {
        let html = br#"<!doctype html><!-- <a href="no"> --><a class=x href='1' id=2>href="no" id="no"</a>
            <script src="3">let a = '<a href="no">';</script><use href="4"/><p hidden id="5">1 < 2 <br/>
            <img alt="> href=" src="6"><a title="a" href=7><a = href="8">"#;
        let mut found = String::new();
        scan(html, |part| {
            let (Attribute::Address(value) | Attribute::Id(value)) = part;
            found.push_str(str::from_utf8(value).expect("text"));
        });
        assert_eq!(found, "12345678");
    }

    #[test]
    fn truncated_html_ends_without_an_error() {
        let html = br#"<a href="x"><!-- a --><script>b</script><img src='y' id = "z">"#;
        for end in 0..html.len() {
            scan(&html[..end], |_| ());
        }
    }
}
