//! The messages of the site: one file for each language, expanded into the site templates when these are loaded.
//!
//! `messages/<language>.yaml` maps keys to texts. A site template has `[[ team.owns ]]`, or with values
//! `[[ team.people n=team.people ]]`. A value with spaces, or a component, stands in braces:
//! `[[ side.in what={<ref card={page.neighbours.parent} />} ]]`. A text has its values as `{n}`; `one|many` are the singular
//! and the plural of `n`. Texts are HTML and as trusted as templates; values are escaped as everywhere. Messages are
//! expanded once, so they cost nothing when pages are rendered.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{base::yaml, site::error::Error};

/// The prefix of messages that scripts use; templates do not.
const FOR_SCRIPTS: &str = "js.";

/// The texts of one language.
#[derive(Debug)]
pub(crate) struct Messages {
    language: String,
    texts: BTreeMap<String, String>,
}

impl Messages {
    /// Reads a file of messages.
    ///
    /// # Errors
    /// When it is not a map of texts, with its line.
    pub(crate) fn parse(language: &str, text: &str) -> Result<Self, Error> {
        let texts = yaml::from_str(text).map_err(|error| {
            let at = error.position.map(|at| format!(" line {}", at.line)).unwrap_or_default();
            Error::Template(format!("messages/{language}.yaml{at}: {}", error.message))
        })?;
        Ok(Self { language: language.to_owned(), texts })
    }

    /// These texts, replaced by those of `others` with the same keys.
    pub(crate) fn with(mut self, others: Self) -> Self {
        self.texts.extend(others.texts);
        self
    }

    /// Replaces every `[[ … ]]` of a site template by its text.
    ///
    /// # Errors
    /// When the language has no such key, when a value of its text is missing in the template, or when brackets
    /// are not closed; with the line.
    pub(crate) fn expand(&self, template: &str, source: &str) -> Result<String, Error> {
        let mut out = String::with_capacity(source.len());
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("[[ ") {
            out.push_str(before);
            let line = source[..source.len() - after.len()].lines().count();
            let wrong = |what: String| {
                let file = format!("messages/{}.yaml", self.language);
                Error::Template(format!("{template}:{line}: {what} ({file})"))
            };
            let (call, after) = after
                .split_once(" ]]")
                .ok_or_else(|| wrong("`[[ ` is not closed by ` ]]`".into()))?;
            out.push_str(&self.call(call).map_err(wrong)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn call(&self, call: &str) -> Result<String, String> {
        let (key, values) = call.split_once(' ').unwrap_or((call, ""));
        let text = self.texts.get(key).ok_or_else(|| format!("there is no message `{key}`"))?;
        let values = values_of(values)?;
        let Some((one, many)) = text.split_once('|') else {
            return fill(text, &values);
        };
        let n = values.get("n").ok_or_else(|| format!("the message `{key}` wants a value `n`"))?;
        let is_one = match self.language.as_str() {
            "fr" => format!("{n} < 2"),
            _ => format!("{n} == 1"),
        };
        let (one, many) = (fill(one, &values)?, fill(many, &values)?);
        Ok(format!("{{% if {is_one} %}}{one}{{% else %}}{many}{{% endif %}}"))
    }

    /// A text without values, for files that are written without a template. If it is missing, the last part of
    /// the key.
    pub(crate) fn text<'m>(&'m self, key: &'m str) -> &'m str {
        self.texts.get(key).map_or(key.rsplit('.').next().unwrap_or(key), String::as_str)
    }

    /// The plural of a kind; `plural` where the language has no word for it.
    pub(crate) fn kind<'m>(&'m self, kind: &str, plural: &'m str) -> &'m str {
        self.texts.get(&format!("kinds.{kind}")).map_or(plural, String::as_str)
    }

    /// The texts for scripts, by key.
    pub(crate) fn for_scripts(&self) -> BTreeMap<&str, &str> {
        let texts = self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        texts.filter(|(key, _)| key.starts_with(FOR_SCRIPTS)).collect()
    }

    /// All keys and texts.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }
}

/// Reads `a=x b={y | z}`: the expression for each value of a text.
fn values_of(mut text: &str) -> Result<BTreeMap<&str, &str>, String> {
    let mut values = BTreeMap::new();
    while !text.trim_start().is_empty() {
        let (name, rest) =
            text.trim_start().split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))?;
        let end = match rest.starts_with('{') {
            true => closing(rest).ok_or_else(|| format!("`{rest}` has no closing brace"))?,
            false => rest.find(' ').unwrap_or(rest.len()),
        };
        let value = &rest[..end];
        let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
        values.insert(name, inner.unwrap_or(value));
        text = &rest[end..];
    }
    Ok(values)
}

/// The index after the brace that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Puts template expressions where a text has `{name}`.
fn fill(text: &str, values: &BTreeMap<&str, &str>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("`{{` in `{text}`"))?;
        let value = values.get(name).ok_or_else(|| format!("`{text}` wants a value `{name}`"))?;
        out.push_str(before);
        out.push_str(&format!("{{{{ {value} }}}}"));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The module of words for scripts, with the words of the portal's languages in it.
pub(crate) fn script(module: &[u8], languages: &[Messages]) -> Vec<u8> {
    let words: BTreeMap<_, _> =
        languages.iter().map(|m| (m.language.as_str(), m.for_scripts())).collect();
    let words = serde_json::to_string(&words).unwrap_or_else(|_| "{}".into());
    String::from_utf8_lossy(module).replace("/* words */ {}", &words).into_bytes()
}

/// The name of a language in that language.
pub(crate) fn own_name(language: &str) -> Cow<'_, str> {
    match language {
        "en" => "English".into(),
        "fr" => "Français".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(language: &str) -> Messages {
        let text = "a.plain: Home\na.people: '{n} person|{n} people'\na.in: In {what}\njs.x: y\n";
        Messages::parse(language, text).expect("valid")
    }

    #[test]
    fn a_message_call_becomes_template_text() {
        let expand = |source| messages("en").expand("t", source).expect("expands");
        assert_eq!(expand("<b>[[ a.plain ]]</b>"), "<b>Home</b>");
        assert_eq!(expand("[[ a.in what={<ref card={x} />} ]]"), "In {{ <ref card={x} /> }}");
        assert_eq!(
            expand("[[ a.people n={t | length} ]]"),
            "{% if t | length == 1 %}{{ t | length }} person{% else %}{{ t | length }} people{% endif %}"
        );
    }

    #[test]
    fn french_uses_the_singular_below_two() {
        let text = messages("fr").expand("t", "[[ a.people n=n ]]").expect("expands");
        assert!(text.starts_with("{% if n < 2 %}"), "{text}");
    }

    #[test]
    fn errors_of_messages_have_file_line_and_key() {
        for (source, expected) in [
            ("\n[[ a.gone ]]", "t:2: there is no message `a.gone`"),
            ("[[ a.people ]]", "wants a value `n`"),
            ("[[ a.in n=1 ]]", "wants a value `what`"),
            ("[[ a.in", "not closed"),
        ] {
            let error = messages("en").expand("t", source).expect_err(source).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
