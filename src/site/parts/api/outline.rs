//! The outline of a GraphQL or Protocol Buffers definition: what it defines, and on which line, for links into
//! its highlighted text. This is no parser of these languages: it knows words, brackets, comments and strings.

use super::{document::Anchors, view::OutlineEntry};

/// Which of the two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    GraphQl,
    Proto,
}

/// A word or a bracket.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    text: &'t str,
    start: usize,
    line: usize,
}

impl Token<'_> {
    fn is_word(&self) -> bool {
        self.text.starts_with(is_word)
    }
}

/// The definitions in a text, in their order.
pub(super) fn places(language: Language, text: &str) -> Vec<OutlineEntry> {
    let tokens = tokens(language, text);
    let mut anchors = Anchors::default();
    let mut places = Vec::new();
    let roots = if language == Language::GraphQl { roots(&tokens) } else { Vec::new() };
    // The open brackets, and the definition whose body the innermost one is.
    let (mut depth, mut parentheses, mut owner) = (0_usize, 0_usize, "");
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "(" | "[" => parentheses += 1,
            ")" | "]" => parentheses = parentheses.saturating_sub(1),
            word if depth == 0 && parentheses == 0 && is_definition(language, word) => {
                if let Some(name) = name_after(&tokens, at) {
                    owner = name.text;
                    places.push(place("", word, name, String::new(), &mut anchors));
                }
            }
            "rpc" if language == Language::Proto && depth == 1 => {
                if let Some(name) = name_after(&tokens, at) {
                    let rest = proto_types(&tokens[at..]);
                    let anchor = format!("rpc {owner} {}", name.text);
                    places.push(OutlineEntry {
                        anchor: anchors.add(&anchor),
                        ..place("RPC", owner, name, rest, &mut Anchors::default())
                    });
                }
            }
            _ if depth == 1 && parentheses == 0 && is_field(&tokens, at) => {
                if let Some((_, root)) = roots.iter().find(|(name, _)| *name == owner) {
                    let rest = field_types(text, &tokens[at + 1..]);
                    places.push(place(root, owner, *token, rest, &mut anchors));
                }
            }
            _ => {}
        }
    }
    places
}

fn place(
    method: &str,
    kind: &str,
    name: Token<'_>,
    rest: String,
    anchors: &mut Anchors,
) -> OutlineEntry {
    let prefix = if method.is_empty() { kind } else { method };
    OutlineEntry {
        method: method.to_uppercase(),
        kind: kind.to_owned(),
        name: name.text.to_owned(),
        rest,
        anchor: anchors.add(&format!("{prefix} {}", name.text)),
        line: name.line,
    }
}

fn is_definition(language: Language, word: &str) -> bool {
    match language {
        Language::GraphQl => {
            matches!(
                word,
                "type" | "interface" | "input" | "enum" | "union" | "scalar" | "directive"
            )
        }
        Language::Proto => matches!(word, "message" | "enum" | "service"),
    }
}

/// The name that follows a keyword.
fn name_after<'t>(tokens: &[Token<'t>], at: usize) -> Option<Token<'t>> {
    let next = tokens.get(at + 1..)?.iter().find(|token| token.text != "@")?;
    next.is_word().then_some(*next)
}

/// Whether a field of GraphQL begins here.
fn is_field(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let after = tokens.get(at + 1);
    tokens[at].is_word()
        && after.is_some_and(|token| matches!(token.text, "(" | ":"))
        && before.is_none_or(|token| !matches!(token.text, "@" | ":"))
}

/// The types whose fields are operations.
fn roots<'t>(tokens: &[Token<'t>]) -> Vec<(&'t str, &'static str)> {
    let kinds = ["query", "mutation", "subscription"];
    let start = tokens.iter().position(|token| token.text == "schema");
    let body = start.map(|at| tokens[at..].iter().take_while(|token| token.text != "}"));
    let body: Vec<_> = body.into_iter().flatten().map(|token| token.text).collect();
    let named = body.windows(3).filter_map(|words| {
        let kind = kinds.iter().find(|kind| **kind == words[0] && words[1] == ":")?;
        Some((words[2], *kind))
    });
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        return vec![
            ("Query", "query"),
            ("Mutation", "mutation"),
            ("Subscription", "subscription"),
        ];
    }
    named
}

/// Arguments and type of a field, on one line.
fn field_types(text: &str, tokens: &[Token<'_>]) -> String {
    let mut parentheses = 0_usize;
    let mut colon = false;
    let mut end = None;
    for token in tokens {
        match token.text {
            "(" => parentheses += 1,
            ")" => parentheses = parentheses.saturating_sub(1),
            _ if parentheses > 0 => continue,
            ":" if !colon => colon = true,
            "[" | "]" | "!" => {}
            // The type is one word; the next word begins the next field.
            _ if token.is_word() && end.is_none() => {}
            _ => break,
        }
        if colon && parentheses == 0 && token.text != ":" {
            if token.is_word() {
                end = Some(token.start + token.text.len());
            } else if let Some(end) = &mut end {
                *end = token.start + token.text.len();
            }
        }
    }
    let start = tokens.first().map_or(0, |token| token.start);
    let source = end.and_then(|end| text.get(start..end)).unwrap_or_default();
    match source.contains(['#', '"']) {
        true => format!("(…){}", source.rfind(')').map_or("", |at| &source[at + 1..])),
        false => source.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// `(Request) → Response` of an rpc.
fn proto_types(tokens: &[Token<'_>]) -> String {
    let end = tokens.iter().position(|token| matches!(token.text, ";" | "{"));
    let mut out = String::new();
    for token in tokens.iter().take(end.unwrap_or(0)).skip(2) {
        match token.text {
            "returns" => out.push_str(" → "),
            "stream" => out.push_str("stream "),
            text => out.push_str(text),
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

/// Splits a text into words and signs, without comments and strings.
fn tokens(language: Language, text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let until = |end: &str, from: usize| {
            rest.get(from..).and_then(|r| r.find(end)).map_or(rest.len(), |found| from + found)
        };
        let len = match c {
            '#' if language == Language::GraphQl => until("\n", 0),
            '/' if rest.starts_with("//") && language == Language::Proto => until("\n", 0),
            '/' if rest.starts_with("/*") && language == Language::Proto => {
                (until("*/", 2) + 2).min(rest.len())
            }
            '"' if rest.starts_with("\"\"\"") => (until("\"\"\"", 3) + 3).min(rest.len()),
            '"' | '\'' => string(rest, c),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let token = &rest[..len];
        let is_skipped = c.is_whitespace() || matches!(c, '"' | '\'' | '#') || len > 1 && c == '/';
        if !is_skipped {
            tokens.push(Token { text: token, start: at, line });
        }
        line += token.matches('\n').count();
        at += len;
    }
    tokens
}

/// The length of a string on one line.
fn string(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            c if c == quote && !is_escaped => return at + c.len_utf8(),
            c => is_escaped = c == '\\' && !is_escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(language: Language, text: &str) -> Vec<String> {
        places(language, text)
            .into_iter()
            .map(|p| {
                format!("{} {} {}{} #{}:{}", p.method, p.kind, p.name, p.rest, p.anchor, p.line)
            })
            .collect()
    }

    #[test]
    fn graphql_has_operations_and_types() {
        let text = r#"
"""A type Query { no: Int } in a description"""
type Query @a(b: "}") {
  # no: Int
  cart: Cart
  "Finds" search(text: String!, page: Int = 1): [Hit!]! @deprecated(reason: "x")
  order("which" id: ID!): Order
}
extend type Mutation { add(item: Item = {sku: "a"}): Cart! }
input Item { sku: ID! }
enum State { A B }
union Any = Cart | Order
directive @a(b: String) on OBJECT
"#;
        assert_eq!(
            outline(Language::GraphQl, text),
            [
                " type Query #type-query:3",
                "QUERY Query cart: Cart #query-cart:5",
                "QUERY Query search(text: String!, page: Int = 1): [Hit!]! #query-search:6",
                "QUERY Query order(…): Order #query-order:7",
                " type Mutation #type-mutation:9",
                "MUTATION Mutation add(…): Cart! #mutation-add:9",
                " input Item #input-item:10",
                " enum State #enum-state:11",
                " union Any #union-any:12",
                " directive a #directive-a:13",
            ]
        );
    }

    #[test]
    fn a_graphql_schema_definition_names_the_root_types() {
        let text = "schema { query: Root }\ntype Root { a: Int }\ntype Query { b: Int }";
        assert_eq!(outline(Language::GraphQl, text)[1], "QUERY Root a: Int #query-a:2");
        assert_eq!(outline(Language::GraphQl, text).len(), 3);
    }

    #[test]
    fn protocol_buffers_have_services_and_messages() {
        let text = r#"
syntax = "proto3"; // message No {}
/* message No {} */
message Order { string id = 1; message Line { int32 n = 1; } }
service Orders {
  rpc Get (OrderId) returns (Order);
  rpc Watch(stream a.OrderId) returns (stream Order) { option (x) = { get: "/v1" }; }
}
enum State { NEW = 0; }
"#;
        assert_eq!(
            outline(Language::Proto, text),
            [
                " message Order #message-order:4",
                " service Orders #service-orders:5",
                "RPC Orders Get(OrderId) → (Order) #rpc-orders-get:6",
                "RPC Orders Watch(stream a.OrderId) → (stream Order) #rpc-orders-watch:7",
                " enum State #enum-state:9",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_an_outline(text in "(type|rpc|service|schema|[\\PC\n]|[{}()\"'#/*:@!\\[\\]]){0,60}") {
            for language in [Language::GraphQl, Language::Proto] {
                let places = places(language, &text);
                let lines = text.matches('\n').count() + 1;
                proptest::prop_assert!(places.iter().all(|place| place.line <= lines));
            }
        }
    }
}
