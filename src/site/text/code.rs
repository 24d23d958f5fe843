//! Highlighted code: HTML whose words have classes, because the content security policy forbids style attributes.
//!
//! There are few classes, of one letter each, with the same meaning in every language; `styles/5-code.css` gives
//! them colours. Code in an unknown language, code above a size limit, and code with very long lines is plain
//! text.

use std::sync::LazyLock;

use syntect::{
    easy::ScopeRegionIterator,
    parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet},
};

use super::{escape::escaped, markdown::visible};

/// Longer texts are plain, in bytes, and texts with a longer line.
const LONGEST_TEXT: usize = 200 << 10;
const LONGEST_LINE: usize = 2 << 10;

/// The class of a scope: that of the first row that matches. An empty class is none.
const CLASSES: [(&str, &str); 35] = [
    ("comment", "c"),
    ("meta.mapping.key string", "a"),
    ("string", "s"),
    ("constant.character.escape", "n"),
    ("constant", "n"),
    ("keyword.operator.word", "k"),
    ("keyword.operator", ""),
    ("keyword", "k"),
    ("storage.modifier.required", ""),
    ("storage.modifier.list", ""),
    ("storage", "k"),
    ("variable.language", "k"),
    ("variable.function", "f"),
    ("variable.type", "t"),
    ("variable.annotation", "a"),
    ("support.macro", "f"),
    ("support.constant", "n"),
    ("support.function", "f"),
    ("support.type", "t"),
    ("support.class", "t"),
    ("entity.name.function", "f"),
    ("entity.name.tag", "a"),
    ("entity.name.section", "t"),
    ("entity.name.field", "a"),
    ("entity.name.constant", "n"),
    ("entity.name.variable", ""),
    ("entity.name", "t"),
    ("entity.other.inherited-class", "t"),
    ("entity.other.attribute-name", "a"),
    ("markup.inserted", "i"),
    ("markup.deleted", "d"),
    ("markup.heading", "t"),
    ("markup.raw", "s"),
    ("meta.diff.header", "c"),
    ("meta.diff.range", "f"),
];

/// Other names of languages, by the name that the syntax has.
const ALIASES: [(&str, &[&str]); 15] = [
    ("sh", &["shell", "console", "shell-session", "shellscript", "sh-session", "terminal"]),
    ("yaml", &["k8s", "kubernetes", "helm", "openapi", "swagger", "asyncapi", "compose", "yml"]),
    ("json", &["jsonc", "json5", "jsonl", "ndjson", "avsc", "avro"]),
    ("proto", &["protobuf", "grpc", "proto3"]),
    ("graphql", &["gql"]),
    ("Dockerfile", &["docker", "containerfile"]),
    ("cs", &["csharp", "c#", "dotnet"]),
    ("go", &["golang"]),
    ("rs", &["rust"]),
    ("js", &["javascript", "mjs", "cjs", "node"]),
    ("tsx", &["jsx"]),
    ("tf", &["hcl", "terraform"]),
    ("properties", &["env", "dotenv"]),
    ("xml", &["wsdl", "xsd", "soap", "pom"]),
    ("diff", &["patch", "udiff"]),
];

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// The parsed [`CLASSES`]: scopes that must be nested in this order, the innermost last.
static RULES: LazyLock<Vec<(Vec<Scope>, &str)>> = LazyLock::new(|| {
    let scopes = |text: &str| text.split(' ').filter_map(|scope| Scope::new(scope).ok()).collect();
    CLASSES.iter().map(|(scope, class)| (scopes(scope), *class)).collect()
});

/// Returns code as HTML, highlighted if the language is known, and escaped in any case.
pub(crate) fn highlight(language: &str, text: &str) -> String {
    let text = visible(text);
    let is_short = text.len() <= LONGEST_TEXT && text.lines().all(|l| l.len() <= LONGEST_LINE);
    let syntax = is_short.then(|| syntax(language, &text)).flatten();
    syntax.and_then(|syntax| spans(syntax, &text)).unwrap_or_else(|| escaped(&text))
}

/// The syntax of a language by one of its names, or by the info string of a fenced block.
fn syntax(language: &str, text: &str) -> Option<&'static SyntaxReference> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':' | ';');
    let name = language.trim().split(ends).next()?.to_lowercase();
    let known = ALIASES.iter().find(|(_, names)| names.contains(&name.as_str()));
    let name = match known {
        // YAML holds JSON, which has a syntax of its own.
        Some(("yaml", _)) if text.trim_start().starts_with('{') => "json",
        Some((known, _)) => known,
        None => &name,
    };
    (!name.is_empty()).then(|| SYNTAXES.find_syntax_by_token(name)).flatten()
}

fn spans(syntax: &SyntaxReference, text: &str) -> Option<String> {
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut out = Spans { html: String::with_capacity(text.len() * 2), class: "" };
    for line in text.split_inclusive('\n') {
        let ops = state.parse_line(line, &SYNTAXES).ok()?;
        for (piece, op) in ScopeRegionIterator::new(&ops, line) {
            stack.apply(op).ok()?;
            out.add(piece, class(stack.as_slice()));
        }
    }
    out.open("");
    Some(out.html)
}

/// The class of code in these nested scopes, the innermost last.
fn class(scopes: &[Scope]) -> &'static str {
    // The outermost scope is that of the language.
    for at in (1..scopes.len()).rev() {
        let fits = |(rule, class): &(Vec<Scope>, &'static str)| {
            let (inner, around) = rule.split_last()?;
            let is_around = |wanted: &Scope| scopes[..at].iter().any(|s| wanted.is_prefix_of(*s));
            (inner.is_prefix_of(scopes[at]) && around.iter().all(is_around)).then_some(*class)
        };
        if let Some(class) = RULES.iter().find_map(fits) {
            return class;
        }
    }
    ""
}

/// Collects HTML; neighbours of the same class share an element.
struct Spans {
    html: String,
    class: &'static str,
}

impl Spans {
    fn add(&mut self, piece: &str, class: &'static str) {
        if piece.is_empty() {
            return;
        }
        // Spaces need no class.
        if class != self.class && !piece.trim().is_empty() {
            self.open(class);
        }
        self.html.push_str(&escaped(piece));
    }

    fn open(&mut self, class: &'static str) {
        if !self.class.is_empty() {
            // Spaces between two words are outside their elements.
            let end = self.html.trim_end().len();
            self.html.insert_str(end, "</span>");
        }
        if !class.is_empty() {
            self.html.push_str("<span class=\"");
            self.html.push_str(class);
            self.html.push_str("\">");
        }
        self.class = class;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the HTML: without tags, and with character references resolved.
    fn plain(html: &str) -> String {
        let mut out = String::new();
        for piece in html.split('<') {
            let text = piece.split_once('>').map_or(piece, |(_, text)| text);
            out.push_str(if out.is_empty() && !html.starts_with('<') { piece } else { text });
        }
        out.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[test]
    fn tokens_of_code_have_classes() {
        for (language, text, wanted) in [
            ("yaml", "a: 1 # x\n", "<span class=\"a\">a</span>"),
            ("yaml", "a: 1 # x\n", "<span class=\"c\"># x"),
            ("yaml", "a: 1 # x\n", "<span class=\"n\">1</span>"),
            ("json", "{\"a\": \"b\"}", "<span class=\"a\">&quot;a&quot;</span>"),
            ("openapi", "{\"a\": \"b\"}", "<span class=\"s\">&quot;b&quot;</span>"),
            ("rust", "fn main() {}", "<span class=\"k\">fn</span> "),
            ("rust,ignore", "fn main() {}", "<span class=\"f\">main</span>"),
            ("graphql", "type Query { a: Int }", "<span class=\"k\">type</span>"),
            ("grpc", "message A { string b = 1; }", "<span class=\"k\">message</span>"),
            ("ts", "const a: string = 'b';", "<span class=\"k\">const"),
            ("console", "echo 'a'", "<span class=\"s\">"),
            ("diff", "+a\n-b\n", "<span class=\"d\">-b"),
            ("docker", "FROM scratch\n", "<span class=\"k\">FROM"),
        ] {
            let html = highlight(language, text);
            assert!(html.contains(wanted), "{language}: {html}");
            assert_eq!(plain(&html), text);
        }
    }

    #[test]
    fn every_alias_names_a_syntax() {
        for (language, names) in ALIASES {
            for name in names.iter().chain([&language]) {
                assert!(syntax(name, "").is_some(), "{name}");
            }
        }
    }

    #[test]
    fn code_of_an_unknown_language_or_beyond_the_limit_is_plain_text() {
        assert_eq!(highlight("klingon", "<b> \u{202e}"), "&lt;b&gt; \u{fffd}");
        assert_eq!(highlight("", "a: 1"), "a: 1");
        let long = format!("a: {}", "b".repeat(LONGEST_LINE));
        assert_eq!(highlight("yaml", &long), long);
        let many = "a: 1\n".repeat(LONGEST_TEXT / 5 + 1);
        assert_eq!(highlight("yaml", &many), many);
    }

    proptest::proptest! {
        #[test]
        fn highlighting_keeps_any_text(
            language in "yaml|json|ts|rs|sh|html|md|graphql|proto|diff|sql",
            text in "[a-z<>&\"'{}:;/*#`$\\\\\n é-]{0,80}",
        ) {
            let html = highlight(&language, &text);
            proptest::prop_assert_eq!(plain(&html), text);
        }
    }
}
