//! Detects credentials of other systems in texts.
//!
//! To avoid false positives, only distinctive texts are reported: tokens with a known prefix and
//! length, private keys, signed tokens, passwords in addresses, and random values in fields whose name
//! is that of a credential. Placeholders and examples are not reported.

mod rules;

use std::{collections::BTreeSet, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_json::Value;

use super::{glob::Glob, json::search_texts, text::did_you_mean};
use rules::{ASSIGNED, Alphabet, RULES, Rule};

/// Least bytes of a text that may contain a credential.
const SHORTEST: usize = 16;
/// Least different characters of a token; with fewer it is a placeholder.
const FEWEST_CHARACTERS: usize = 8;
/// Most bytes behind a keyword that are examined, so that a text of many keywords does not take long.
const LONGEST: usize = 4096;
/// Most bytes of the part of an address with user and password.
const LONGEST_AUTHORITY: usize = 300;

const PRIVATE_KEY: &str = "private-key";
const SIGNED_TOKEN: &str = "jwt";
const PASSWORD: &str = "address-password";
const AZURE_DEVOPS: &str = "azure-devops-token";
const FIELD: &str = "credential-field";

/// A detected credential, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leak {
    /// Name of the rule.
    pub rule: &'static str,
    /// A description with an article: `a token of GitHub`.
    pub what: &'static str,
}

/// Rules and values that are not reported.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    rules: BTreeSet<String>,
    values: Vec<Glob>,
}

/// An exception that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongException {
    /// Its index in the list.
    pub index: usize,
    /// What is wrong.
    pub message: String,
    /// How to correct it.
    pub hint: Option<String>,
}

impl Exceptions {
    /// Switches rules off by name.
    ///
    /// # Errors
    /// The first name of no rule.
    pub fn of_rules(names: &[String]) -> Result<Self, WrongException> {
        for (index, name) in names.iter().enumerate() {
            if !rule_names().contains(&name.as_str()) {
                return Err(WrongException {
                    index,
                    message: format!("there is no rule `{name}`"),
                    hint: did_you_mean(name, rule_names()),
                });
            }
        }
        Ok(Self { rules: names.iter().cloned().collect(), values: Vec::new() })
    }

    /// Allows values that match one of these globs as a whole.
    ///
    /// # Errors
    /// The first invalid glob.
    pub fn with_values(self, globs: &[String]) -> Result<Self, WrongException> {
        let read = |(index, glob): (usize, &String)| {
            Glob::of_text(glob).map_err(|error| {
                let message = format!("`{glob}` is not a glob: {error}");
                WrongException { index, message, hint: None }
            })
        };
        let values = globs.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { values, ..self })
    }

    fn allow(&self, rule: &str, value: &str) -> bool {
        self.rules.contains(rule) || self.values.iter().any(|glob| glob.matches(value))
    }
}

/// The names of all rules, sorted.
pub fn rule_names() -> BTreeSet<&'static str> {
    let own = [PRIVATE_KEY, SIGNED_TOKEN, PASSWORD, AZURE_DEVOPS, FIELD];
    RULES.iter().chain(ASSIGNED).map(|rule| rule.name).chain(own).collect()
}

/// Detects credentials in all texts of a value. Returns them with their JSON pointers.
pub fn find_in(value: &Value, exceptions: &Exceptions) -> Vec<(String, Leak)> {
    search_texts(value, &|text, field| find(text, field, exceptions))
}

/// Detects the first credential in a text; `field` is the name of the field that has the text.
pub fn find(text: &str, field: &str, exceptions: &Exceptions) -> Option<Leak> {
    if text.len() < SHORTEST {
        return None;
    }
    let mut is_context_seen = false;
    for hit in KEYWORDS.finder.find_overlapping_iter(text) {
        let suspect = KEYWORDS.suspects[hit.pattern().as_usize()];
        if matches!(suspect, Suspect::AzureDevOpsContext)
            && std::mem::replace(&mut is_context_seen, true)
        {
            continue;
        }
        let Some((leak, value)) = suspect.look(text, hit.start(), hit.end()) else { continue };
        if !exceptions.allow(leak.rule, value) {
            return Some(leak);
        }
    }
    let leak = Leak { rule: FIELD, what: "a value that looks random, in a field for a credential" };
    let is_found = is_random(text) && names_credential(field) && !exceptions.allow(FIELD, text);
    is_found.then_some(leak)
}

/// What a keyword may be the beginning of: the rule to check.
#[derive(Clone, Copy)]
enum Suspect {
    Prefixed(&'static Rule, &'static str),
    Assigned(&'static Rule),
    PrivateKey,
    SignedToken,
    Password,
    AzureDevOps,
    AzureDevOpsContext,
}

struct Keywords {
    finder: AhoCorasick,
    suspects: Vec<Suspect>,
}

static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let prefixed = RULES.iter().flat_map(|rule| {
        rule.prefixes.iter().map(move |prefix| (*prefix, Suspect::Prefixed(rule, prefix)))
    });
    let assigned = ASSIGNED
        .iter()
        .flat_map(|rule| rule.prefixes.iter().map(move |word| (*word, Suspect::Assigned(rule))));
    let others = [
        ("-----BEGIN ", Suspect::PrivateKey),
        ("eyJ", Suspect::SignedToken),
        ("://", Suspect::Password),
        ("AZDO", Suspect::AzureDevOps),
        ("devops", Suspect::AzureDevOpsContext),
        ("dev.azure.com", Suspect::AzureDevOpsContext),
    ];
    let (words, suspects): (Vec<_>, Vec<_>) = prefixed.chain(assigned).chain(others).unzip();
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA));
    let finder = builder.build(words).expect("a test looks for every keyword");
    Keywords { finder, suspects }
});

impl Suspect {
    /// Examines the text around a keyword. Returns the credential and its value.
    fn look(self, text: &str, start: usize, end: usize) -> Option<(Leak, &str)> {
        let leak = |rule, what| Leak { rule, what };
        match self {
            Self::Prefixed(rule, prefix) => {
                let is_exact = text[start..end] == *prefix;
                let is_word = is_exact && (prefix.starts_with('.') || begins(text, start));
                let tail = run(&text[end..], rule.alphabet).trim_end_matches(['.', '-']);
                (is_word && rule.has(tail))
                    .then(|| (leak(rule.name, rule.what), &text[start..end + tail.len()]))
            }
            Self::Assigned(rule) => {
                let value = run(assigned(&text[end..])?, rule.alphabet);
                rule.has(value).then(|| (leak(rule.name, rule.what), value))
            }
            Self::PrivateKey => {
                private_key(&text[start..]).map(|value| (leak(PRIVATE_KEY, "a private key"), value))
            }
            Self::SignedToken => signed_token(text, start)
                .map(|value| (leak(SIGNED_TOKEN, "a signed token (JWT)"), value)),
            Self::Password => password(text, end)
                .map(|value| (leak(PASSWORD, "an address with a password"), value)),
            Self::AzureDevOps => {
                let before = text[..start].bytes().rev();
                let before = before.take(77).take_while(u8::is_ascii_alphanumeric).count();
                let after = run(&text[end..], Alphabet::Alphanumeric).len();
                ((before, after) == (76, 4) && text[start..end] == *"AZDO").then(|| {
                    let value = &text[start - before..end + after];
                    (leak(AZURE_DEVOPS, "a token of Azure DevOps"), value)
                })
            }
            Self::AzureDevOpsContext => {
                let words = text.split(|c: char| !c.is_ascii_alphanumeric());
                let value = words.into_iter().find(|word| is_azure_devops_token(word));
                value.map(|value| (leak(AZURE_DEVOPS, "a token of Azure DevOps"), value))
            }
        }
    }
}

impl Rule {
    /// True when the text behind the prefix is that of a real token.
    fn has(&self, tail: &str) -> bool {
        (self.length.0..=self.length.1).contains(&tail.len()) && is_plausible(tail)
    }
}

/// True where a token can begin: not within a word, except behind an escape such as `\n` or `%3D`.
fn begins(text: &str, start: usize) -> bool {
    let before = &text.as_bytes()[..start];
    match before {
        [] | [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', first, second] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() => {
            true
        }
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

/// The beginning of a text, as far as its characters are of an alphabet.
fn run(text: &str, alphabet: Alphabet) -> &str {
    let bytes = &text.as_bytes()[..text.len().min(LONGEST)];
    &text[..bytes.iter().take_while(|byte| alphabet.has(**byte)).count()]
}

/// The beginning of a text, cut between characters.
fn head(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The value behind `=`, `:` or a blank, and quotation marks.
fn assigned(text: &str) -> Option<&str> {
    let between = text.bytes().take(7).take_while(|byte| b" \t\"'`\\:=>".contains(byte)).count();
    (1..=6).contains(&between).then(|| &text[between..])
}

/// Tells a token from a placeholder: letters and digits, and many different ones.
fn is_plausible(token: &str) -> bool {
    let has = |test: fn(&u8) -> bool| token.bytes().any(|byte| test(&byte));
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && token.bytes().collect::<BTreeSet<_>>().len() >= FEWEST_CHARACTERS
        && !token.to_ascii_lowercase().contains("example")
}

/// A PEM block with a key, not only its first line.
fn private_key(text: &str) -> Option<&str> {
    const CLOSING: &str = "-----";
    let label = &text["-----BEGIN ".len()..];
    let end = head(label, 40).find(CLOSING)?;
    let content = &label[end + CLOSING.len()..];
    let is_key = label[..end].to_ascii_uppercase().contains("PRIVATE KEY");
    let characters = head(content, LONGEST).replace("\\n", "\n").replace("\\r", "\r");
    let code: String = characters.split("-----").next()?.split_whitespace().collect();
    let key = code.rsplit(':').next().unwrap_or_default();
    (is_key && key.len() >= 24 && is_plausible(key)).then_some(head(text, LONGEST))
}

/// Header, claims and signature in base64, joined by dots (RFC 7519).
fn signed_token(text: &str, start: usize) -> Option<&str> {
    if !begins(text, start) {
        return None;
    }
    let token = run(&text[start..], Alphabet::Dotted).trim_end_matches('.');
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature, ..] = parts.as_slice() else { return None };
    let is_token = text[start..].starts_with("eyJ")
        && claims.starts_with("eyJ")
        && [header, claims, signature].iter().all(|part| part.len() >= 10)
        && is_plausible(token);
    is_token.then_some(token)
}

/// The password of an address whose user begins at `start`.
fn password(text: &str, start: usize) -> Option<&str> {
    const PLACEHOLDERS: &[&str] = &["pass", "secret", "token", "change", "xxx", "your"];
    let ends = |c: char| c.is_whitespace() || "/?#\"'`<>{}$*()[]".contains(c);
    let rest = head(&text[start..], LONGEST_AUTHORITY);
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let (_, value) = authority.rsplit_once('@')?.0.split_once(':')?;
    let lower = value.to_ascii_lowercase();
    (value.len() >= 8
        && is_plausible_password(value)
        && !PLACEHOLDERS.iter().any(|p| lower.contains(p)))
    .then_some(value)
}

fn is_plausible_password(value: &str) -> bool {
    let different: BTreeSet<_> = value.bytes().collect();
    value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && different.len() >= 6
}

/// A personal access token as Azure DevOps made them until 2024: 32 bytes in base32.
fn is_azure_devops_token(word: &str) -> bool {
    word.len() == 52
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        && is_plausible(word)
}

/// True for `apiToken`, `client-secret`, `DB_PASSWORD` and the like, not for `tokenUrl` and `project-key`.
fn names_credential(field: &str) -> bool {
    const WORDS: &[&str] = &["token", "secret", "password", "passwd", "pwd", "apikey"];
    const KEYS: &[&str] = &["api", "secret", "access", "private", "auth", "encryption", "signing"];
    let plain: String = field.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let is_key = |rest: &str| KEYS.iter().any(|word| rest.ends_with(word));
    plain == "pat"
        || WORDS.iter().any(|word| plain.ends_with(word))
        || plain.strip_suffix("key").is_some_and(is_key)
}

/// True for one word with a long part in which letters and digits are mixed: not for names, paths and
/// UUIDs.
fn is_random(text: &str) -> bool {
    let is_one = text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte));
    let is_mixed = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= SHORTEST && digits >= 2 && is_plausible(part)
    };
    is_one && text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_mixed)
}

#[cfg(test)]
mod tests;
