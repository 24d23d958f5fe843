//! Redaction: replaces secrets in texts that leave the program (messages, logs, plans, run records).
//!
//! A secret is found unchanged, in base64 at any alignment (so that a `user:password` pair is found by
//! its password), in hexadecimal, and escaped for URLs, JSON or HTML, because a server may quote it in
//! any of these forms.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::Value;
use url::form_urlencoded;

use super::Secret;

/// Least bytes of a secret that is replaced; a shorter one would match ordinary words.
const SHORTEST: usize = 4;
/// Least bytes of a secret that is also searched for in base64 and hexadecimal.
const SHORTEST_ENCODED: usize = 5;
/// Least bytes of a line that is searched for on its own, in a secret of several lines such as a
/// private key.
const SHORTEST_LINE: usize = 20;
/// The replacement of a secret without a name.
const BLANK: &str = "***";
/// Most times that escapes are decoded: `%252525` is `%` encoded three times.
const MOST_DECODINGS: usize = 3;

/// Replaces secrets in texts.
///
/// Secrets shorter than four bytes are not replaced. Clones share the tokens that [`Redactor::learn`]
/// adds.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Option<Arc<Forms>>,
    /// Tokens that were fetched while the program ran.
    learned: Arc<RwLock<FetchedTokens>>,
}

#[derive(Default)]
struct FetchedTokens {
    secrets: Vec<Secret>,
    forms: Option<Arc<Forms>>,
}

/// A search for all forms of some secrets.
struct Forms {
    finder: AhoCorasick,
    /// The replacement of each form.
    labels: Vec<Label>,
}

/// The replacement of one form of a secret.
struct Label {
    text: Arc<str>,
    /// True when the form may be part of a longer base64 or hexadecimal text, which is then replaced as
    /// a whole.
    is_code: bool,
}

impl Redactor {
    /// Makes a redactor that replaces each of these secrets by `***`.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self::default().beside(secrets.into_iter().map(|secret| (BLANK.to_owned(), secret)))
    }

    /// Makes a redactor that replaces these secrets by their labels, and shares the learned tokens of
    /// this one.
    pub fn beside(&self, secrets: impl IntoIterator<Item = (String, Secret)>) -> Self {
        Self { known: Forms::new(secrets).map(Arc::new), learned: Arc::clone(&self.learned) }
    }

    /// Adds a secret that was not known at the start, such as a fetched token.
    pub fn learn(&self, secret: &Secret) {
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        if learned.secrets.contains(secret) {
            return;
        }
        learned.secrets.push(secret.clone());
        let secrets = learned.secrets.iter().map(|secret| (BLANK.to_owned(), secret.clone()));
        learned.forms = Forms::new(secrets).map(Arc::new);
    }

    /// Returns the text with every known secret replaced. When a secret is found only after escapes are
    /// decoded, its word is replaced, or the whole text when the secret spans several words.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for forms in self.forms() {
            if let Cow::Owned(replaced) = forms.replace(&text) {
                text = replaced;
            }
            if forms.find_decoded(&text).is_some() {
                text = forms.replace_words(&text);
            }
            if let Some(label) = forms.find_decoded(&text) {
                text = label.to_string();
            }
        }
        text
    }

    /// Returns the label of a secret that is found in the bytes, in any form.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        self.forms().find_map(|forms| {
            let found = forms.find(bytes).map(|(_, _, label)| label.text.clone());
            let decoded = || forms.find_decoded(std::str::from_utf8(bytes).ok()?);
            found.or_else(decoded).map(|label| label.to_string())
        })
    }

    fn forms(&self) -> impl Iterator<Item = Arc<Forms>> {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        [self.known.clone(), learned.forms.clone()].into_iter().flatten()
    }
}

/// Redacts every text and every key of a value.
pub fn redact_json(value: Value, redact: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| redact_json(item, redact)).collect(),
        Value::Object(map) => {
            let redacted =
                |(key, value): (String, Value)| (redact(&key), redact_json(value, redact));
            Value::Object(map.into_iter().map(redacted).collect())
        }
        other => other,
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms: usize = self.forms().map(|forms| forms.labels.len()).sum();
        write!(f, "Redactor({forms} forms)")
    }
}

impl Forms {
    /// Makes the search for the forms of all secrets that are long enough; `None` when there is none.
    fn new(secrets: impl IntoIterator<Item = (String, Secret)>) -> Option<Self> {
        let (mut patterns, mut labels) = (Vec::new(), Vec::new());
        for (label, secret) in secrets {
            let label: Arc<str> = label.into();
            for (form, is_code) in forms(secret.reveal()) {
                patterns.push(form);
                labels.push(Label { text: Arc::clone(&label), is_code });
            }
        }
        let mut builder = AhoCorasick::builder();
        let finder = builder.match_kind(MatchKind::LeftmostLongest).build(&patterns);
        // Building fails only for gigabytes of patterns; environment variables are smaller.
        let finder = finder.ok().filter(|_| !patterns.is_empty())?;
        Some(Self { finder, labels })
    }

    /// Finds the first form: its start and end, extended to the whole base64 or hexadecimal text around
    /// it.
    fn find(&self, bytes: &[u8]) -> Option<(usize, usize, &Label)> {
        let found = self.finder.find(bytes)?;
        let label = &self.labels[found.pattern().as_usize()];
        let (start, end) = match label.is_code {
            true => (
                found.start() - length(bytes[..found.start()].iter().rev()),
                found.end() + length(bytes[found.end()..].iter()),
            ),
            false => (found.start(), found.end()),
        };
        Some((start, end, label))
    }

    fn replace<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut rest = text;
        let mut made = String::new();
        while let Some((start, end, label)) = self.find(rest.as_bytes()) {
            made.push_str(&rest[..start]);
            made.push_str(&label.text);
            rest = &rest[end..];
        }
        if rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        made.push_str(rest);
        Cow::Owned(made)
    }

    /// Replaces each word in which a secret is found after escapes are decoded.
    fn replace_words(&self, text: &str) -> String {
        let is_between = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
        let words = text.split_inclusive(is_between).map(|piece| {
            let word = piece.trim_end_matches(is_between);
            match self.find_decoded(word) {
                Some(label) => format!("{label}{}", &piece[word.len()..]),
                None => piece.to_owned(),
            }
        });
        words.collect()
    }

    /// The label of a secret that is found after escapes of URLs, JSON or HTML are decoded. Each kind
    /// of escape is decoded alone, because a secret may contain what looks like an escape of another
    /// kind, and then all together.
    fn find_decoded(&self, text: &str) -> Option<Arc<str>> {
        memchr::memchr3(b'%', b'\\', b'&', text.as_bytes())?;
        ["%", "\\", "&", "%\\&"].into_iter().find_map(|signs| {
            let mut text = Cow::Borrowed(text);
            for _ in 0..MOST_DECODINGS {
                let decoded = decode(&text, signs)?;
                if let Some((_, _, label)) = self.find(decoded.as_bytes()) {
                    return Some(Arc::clone(&label.text));
                }
                text = Cow::Owned(decoded);
            }
            None
        })
    }
}

/// The number of bytes, from the start, that may belong to a base64 or hexadecimal text.
fn length<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    bytes.take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte)).count()
}

/// The forms of one secret, and whether each may be part of a longer base64 or hexadecimal text.
fn forms(value: &str) -> Vec<(String, bool)> {
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
    let values = [value, value.trim()].into_iter().chain(lines);
    let mut forms = Vec::new();
    for value in values.filter(|value| value.len() >= SHORTEST) {
        let address: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let json = Value::from(value).to_string();
        let json = json[1..json.len() - 1].to_owned();
        let spaces = address.replace('+', "%20");
        forms.extend([value.to_owned(), address, spaces, json].map(|form| (form, false)));
        if value.len() >= SHORTEST_ENCODED {
            forms.extend(codes(value.as_bytes()).into_iter().map(|form| (form, true)));
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The base64 of a value at each of the three alignments, without the characters that depend on the bytes
/// around it, and its hexadecimal.
fn codes(value: &[u8]) -> Vec<String> {
    let mut codes = Vec::new();
    for before in 0..3 {
        let bytes = [&[0; 2][..before], value].concat();
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for encoded in
            [BASE64_STANDARD_NO_PAD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)]
        {
            codes.push(encoded[from..to].to_owned());
        }
    }
    let hexadecimal = value.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    codes.push(hexadecimal.to_uppercase());
    codes.push(hexadecimal);
    codes
}

/// Decodes the escapes `%41`, `\u0041`, `\/` and `&#65;` once, as far as they begin with one of the signs;
/// `None` when there is no such escape.
fn decode(text: &str, signs: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut made, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    let mut is_changed = false;
    while let Some((first, after)) = rest.split_first() {
        let is_meant = signs.as_bytes().contains(first);
        let escape = match first {
            _ if !is_meant => None,
            b'%' => byte_of(after),
            b'\\' => character_after_backslash(after),
            b'&' => entity(after),
            _ => None,
        };
        if let Some((character, length)) = escape {
            is_changed = true;
            made.extend(character);
            rest = &after[length..];
        } else {
            made.push(*first);
            rest = after;
        }
    }
    is_changed.then(|| String::from_utf8_lossy(&made).into_owned())
}

/// The UTF-8 that an escape stands for, and the length of the escape behind its first character.
type Escape = (Vec<u8>, usize);

fn number(digits: &[u8], base: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

fn byte_of(after: &[u8]) -> Option<Escape> {
    let byte = u8::try_from(number(after.get(..2)?, 16)?).ok()?;
    Some((vec![byte], 2))
}

fn utf8(code: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(code)?.to_string().into_bytes())
}

fn character_after_backslash(after: &[u8]) -> Option<Escape> {
    match after.first()? {
        b'u' => Some((utf8(number(after.get(1..5)?, 16)?)?, 5)),
        b'x' => Some((utf8(number(after.get(1..3)?, 16)?)?, 3)),
        b'n' => Some((vec![b'\n'], 1)),
        b't' => Some((vec![b'\t'], 1)),
        other @ (b'/' | b'"' | b'\'' | b'\\') => Some((vec![*other], 1)),
        _ => None,
    }
}

fn entity(after: &[u8]) -> Option<Escape> {
    let end = after.iter().take(10).position(|byte| *byte == b';')?;
    let name = &after[..end];
    let code = match name {
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((utf8(code)?, end + 1))
}

#[cfg(test)]
mod tests;
