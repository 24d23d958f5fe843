//! Sanitizes style sheets and declarations of drawings, so that they cannot load files.
//!
//! Safety does not rest on where rules begin and end: whatever is kept has no escape (`\`), no at-rule
//! but media queries and keyframes, and calls no function but those listed here. Without these three,
//! CSS has no way to name a file. <https://www.w3.org/TR/css-syntax-3/>

/// Functions of values, selectors and media queries that load nothing, sorted.
const FUNCTIONS: &[&str] = &[
    "blur",
    "brightness",
    "calc",
    "circle",
    "clamp",
    "color",
    "color-mix",
    "contrast",
    "cubic-bezier",
    "drop-shadow",
    "ellipse",
    "first-child",
    "grayscale",
    "hsl",
    "hsla",
    "hue-rotate",
    "hwb",
    "inset",
    "invert",
    "is",
    "lab",
    "lang",
    "lch",
    "light-dark",
    "linear",
    "matrix",
    "matrix3d",
    "max",
    "min",
    "not",
    "nth-child",
    "nth-last-child",
    "nth-last-of-type",
    "nth-of-type",
    "oklab",
    "oklch",
    "opacity",
    "path",
    "polygon",
    "rgb",
    "rgba",
    "rotate",
    "rotatex",
    "rotatey",
    "rotatez",
    "saturate",
    "scale",
    "scalex",
    "scaley",
    "sepia",
    "skew",
    "skewx",
    "skewy",
    "steps",
    "translate",
    "translatex",
    "translatey",
    "var",
    "where",
];

/// At-rules that may contain rules.
const GROUPS: [&str; 4] = ["@media", "@supports", "@keyframes", "@-webkit-keyframes"];

/// Deepest nesting of rules.
const DEEPEST: usize = 4;

/// Whether a value, selector or condition loads nothing: no escape, comment or at-rule, and only
/// functions that are known. `url()` may name a fragment of the drawing itself.
pub(super) fn is_harmless(text: &str) -> bool {
    if !text.bytes().any(|b| matches!(b, b'\\' | b'@' | b'(' | b'/' | b':')) {
        return true;
    }
    if text.contains(['\\', '@']) || text.contains("/*") || has_script_address(text) {
        return false;
    }
    text.match_indices('(').all(|(at, _)| {
        let before = &text[..at];
        let is_name =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii();
        let name = before.trim_end_matches(is_name).len();
        let name = before[name..].to_ascii_lowercase();
        match name.as_str() {
            "" | "and" | "or" => true,
            "url" => fragment_of(&text[at + 1..]).is_some(),
            name => FUNCTIONS.binary_search(&name).is_ok(),
        }
    })
}

/// Whether a text has the scheme of a script, even where a browser would ignore white space in it.
fn has_script_address(text: &str) -> bool {
    let plain = text.chars().filter(|c| !c.is_whitespace() && !c.is_control());
    plain.collect::<String>().to_ascii_lowercase().contains("script:")
}

/// The fragment that `url(` names, when what follows it is `#name)`, in quotes or not.
fn fragment_of(text: &str) -> Option<&str> {
    let inner = text.split_once(')')?.0.trim_matches([' ', '\t', '\n', '\r']);
    let bare = match inner.chars().next()? {
        quote @ ('"' | '\'') => inner[1..].strip_suffix(quote)?,
        _ => inner,
    };
    let name = bare.strip_prefix('#')?;
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || "\"'()\\".contains(c);
    (!name.is_empty() && !name.contains(is_bad)).then_some(name)
}

/// The fragments that `url()` names in a text that is harmless.
pub(super) fn fragments(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let is_url = at >= 3 && text.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"url");
        is_url.then(|| fragment_of(&text[at + 1..])).flatten()
    })
}

/// The declarations of a `style` attribute or a rule that load nothing, each with its `;`.
pub(super) fn declarations(text: &str) -> String {
    let text = without_comments(text);
    let mut kept = String::new();
    for declaration in (Pieces { rest: &text, ends: b";" }) {
        let declaration = declaration.0.trim();
        let Some((name, _)) = declaration.split_once(':') else { continue };
        let is_name = name.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let is_binding = name.trim_end().to_ascii_lowercase().ends_with("binding");
        if is_name && !is_binding && is_harmless(declaration) && is_whole(declaration) {
            kept.push_str(declaration);
            kept.push(';');
        }
    }
    kept
}

/// The rules of a style sheet that load nothing.
pub(super) fn sheet(text: &str) -> String {
    let text = without_comments(text);
    let text = text.replace("<!--", " ").replace("-->", " ");
    let mut kept = String::new();
    rules(&text, 0, &mut kept);
    kept
}

fn rules(text: &str, depth: usize, kept: &mut String) {
    let mut pieces = Pieces { rest: text, ends: b"{;}" };
    while let Some((head, end)) = pieces.next() {
        if end != Some(b'{') {
            continue;
        }
        let body = pieces.block();
        let head = head.trim();
        let name = head.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        if GROUPS.contains(&name) {
            let condition = &head[name.len()..];
            let mut inside = String::new();
            if depth < DEEPEST && is_harmless(condition) && is_whole(condition) {
                rules(body, depth + 1, &mut inside);
            }
            if !inside.is_empty() {
                kept.push_str(&format!("{head}{{{inside}}}\n"));
            }
            continue;
        }
        let declarations = declarations(body);
        if !declarations.is_empty() && is_harmless(head) && is_whole(head) {
            kept.push_str(&format!("{head}{{{declarations}}}\n"));
        }
    }
}

/// Whether a text leaves no string or parenthesis open, and has no brace that could end a block.
fn is_whole(text: &str) -> bool {
    let (mut parentheses, mut last) = (0i32, 0);
    // The semicolon ends the declaration, unless it is in a string.
    let early = scan(&format!("{text};"), |byte| {
        parentheses += i32::from(byte == b'(') - i32::from(byte == b')');
        last = byte;
        parentheses < 0
    });
    let is_closed = early.is_none() && parentheses == 0 && last == b';';
    is_closed && !text.is_empty() && !text.contains(['{', '}'])
}

/// A text with a space instead of each comment. A comment that is not closed extends to the end.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    kept + rest
}

/// A text split at some ASCII characters, but not in strings and parentheses. Each piece comes with the
/// character that ended it.
struct Pieces<'t> {
    rest: &'t str,
    ends: &'static [u8],
}

impl<'t> Pieces<'t> {
    /// Returns the text up to the brace that closes the current block.
    fn block(&mut self) -> &'t str {
        let mut open = 1;
        let end = scan(self.rest, |byte| {
            match byte {
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => {}
            }
            open == 0
        });
        let (block, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        block
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = (&'t str, Option<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut parentheses = 0usize;
        let ends = self.ends;
        let end = scan(self.rest, |byte| {
            match byte {
                b'(' => parentheses += 1,
                b')' => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            parentheses == 0 && ends.contains(&byte)
        });
        let (piece, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        Some((piece, rest.bytes().next()))
    }
}

/// The index of the first byte outside of strings that is an end.
fn scan(text: &str, mut is_end: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| match quote {
        Some(open) => {
            // A string ends at its line, closed or not.
            if byte == open || byte == b'\n' {
                quote = None;
            }
            false
        }
        None if matches!(byte, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        None => is_end(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_loads_a_file_is_left_out() {
        assert!(FUNCTIONS.is_sorted());
        for bad in [
            "url(https://x.example)",
            "URL( 'x.png' )",
            "u\\72l(x)",
            "image-set('x' 1x)",
            "src(\"x\")",
            "url(#a b)",
            "url(#)",
            "expression(1)",
            "éurl(#a)",
            "java\nscript:x",
            "url/**/(x)",
            "url(#a",
        ] {
            assert!(!is_harmless(bad), "{bad}");
        }
        for good in
            ["url(#a)", "url( \"#a.b-c\" )", "rgb(1, 2, 3)", "a:not(.b)", "matrix(1 0 0 1 2 3)"]
        {
            assert!(is_harmless(good), "{good}");
        }
        assert_eq!(fragments("url(#a) b URL('#c')").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn rules_that_load_nothing_stay() {
        let text = "@import 'x'; @import url(y);<!-- .a > .b{fill:red;background:url(z);x}-->\n\
            @font-face{font-family:F;src:url(data:font/woff2;base64,AAAA)}\
            @media (min-width: 3px) and (max-width:9px){/* ; } */ .c{fill:url(#p)}}\
            .d{-moz-binding:url(#x);stroke:#fff}@keyframes k{from{opacity:0}to{opacity:1}}\
            .e{fill:u\\72l(x)} .f{a:b";
        assert_eq!(
            sheet(text),
            ".a > .b{fill:red;}\n@media (min-width: 3px) and (max-width:9px){.c{fill:url(#p);}\n}\n\
             .d{stroke:#fff;}\n@keyframes k{from{opacity:0;}\nto{opacity:1;}\n}\n.f{a:b;}\n"
        );
        assert_eq!(
            declarations("fill:red;;background:url(x);stroke : blue"),
            "fill:red;stroke : blue;"
        );
    }
}
