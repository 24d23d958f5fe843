//! The theme: site templates, styles, scripts and icons, and the messages of each language.
//!
//! The files are embedded in the program, and a portal replaces them one by one with files of the same name.
//! `pages/` and `parts/` are Tera templates, `styles/` become one style sheet, `assets/` are copied.

pub(super) mod assets;
pub(super) mod content_security_policy;
mod inline;
pub(super) mod language;
pub(super) mod messages;
pub(super) mod offline;
mod scripts;

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use rust_embed::RustEmbed;
use xxhash_rust::xxh3::Xxh3;

use crate::{base::fs, site::error::Error};
use messages::Messages;

#[derive(RustEmbed)]
#[folder = "site-templates"]
#[exclude = "search/*"]
#[exclude = "*.d.ts"]
#[exclude = "tsconfig.json"]
struct EmbeddedTheme;

/// The languages that the embedded theme has messages of, sorted.
pub fn embedded_languages() -> Vec<String> {
    let language = |name: Cow<'static, str>| {
        Some(name.strip_prefix("messages/")?.strip_suffix(".yaml")?.to_owned())
    };
    EmbeddedTheme::iter().filter_map(language).collect()
}

/// Every file of the theme by its path.
#[derive(Debug)]
pub(crate) struct Theme(BTreeMap<String, Cow<'static, [u8]>>);

impl Theme {
    /// Loads the embedded theme, and the files of `directory` that replace some of it.
    pub(crate) fn load(directory: Option<&Path>) -> Result<Self, Error> {
        let mut files: BTreeMap<_, _> = EmbeddedTheme::iter()
            .filter_map(|name| Some((name.to_string(), EmbeddedTheme::get(&name)?.data)))
            .collect();
        if let Some(directory) = directory {
            for file in fs::walk_files(directory)? {
                let bytes = fs::read(&file.below(directory))?;
                files.insert(file.as_str().to_owned(), Cow::Owned(bytes));
            }
        }
        Ok(Self(files))
    }

    /// Adds all files to a hash.
    pub(crate) fn hash(&self, hash: &mut Xxh3) {
        for (name, bytes) in &self.0 {
            hash.update(name.as_bytes());
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
    }

    fn below<'t>(&'t self, folder: &'t str) -> impl Iterator<Item = (&'t str, &'t [u8])> {
        self.0
            .iter()
            .filter(move |(name, _)| name.strip_prefix(folder).is_some())
            .map(|(name, bytes)| (name.as_str(), &**bytes))
    }

    /// The site templates in one language: names and texts. `assets` is where the files of that folder lie.
    ///
    /// # Errors
    /// When a template is not UTF-8 or uses a message that does not exist; with its name and line.
    pub(crate) fn templates(
        &self,
        messages: &Messages,
        is_first: bool,
        assets: &str,
    ) -> Result<Vec<(String, String)>, Error> {
        // From the pages of another language than the first, the site's root is one folder up.
        let base = if is_first { "{{ page.root }}" } else { "{{ page.root }}../" };
        let mut sources = Vec::new();
        for (name, bytes) in self.below("pages/").chain(self.below("parts/")) {
            let text = str::from_utf8(bytes)
                .map_err(|_| Error::Template(format!("site template `{name}` is not UTF-8")))?;
            let text = text
                .replace("{{ page.base }}assets/", &format!("{base}{assets}"))
                .replace("{{ page.base }}", base);
            sources.push((name.to_owned(), messages.expand(name, &text)?));
        }
        Ok(sources)
    }

    /// The messages of a language: the embedded ones, replaced by those of the portal.
    ///
    /// # Errors
    /// When the theme has no file of the language, or the file has a mistake.
    pub(crate) fn messages(&self, language: &str) -> Result<Messages, Error> {
        let file = format!("messages/{language}.yaml");
        let bytes = self.0.get(&file).ok_or_else(|| {
            let known: Vec<_> = self.below("messages/").map(|(name, _)| name).collect();
            Error::Template(format!("there is no `{file}`; there are {}", known.join(", ")))
        })?;
        let own = Messages::parse(language, &String::from_utf8_lossy(bytes))?;
        let Some(embedded) = EmbeddedTheme::get(&file) else { return Ok(own) };
        let embedded = Messages::parse(language, &String::from_utf8_lossy(&embedded.data))?;
        Ok(embedded.with(own))
    }

    /// The style sheet: every file of `styles/` in the order of their names, then the accent colour.
    pub(crate) fn style_sheet(&self, accent: Option<&str>) -> Vec<u8> {
        let mut css = Vec::new();
        for (_, bytes) in self.below("styles/") {
            css.extend_from_slice(bytes);
        }
        if let Some(accent) = accent.filter(|accent| is_colour(accent)) {
            css.extend_from_slice(format!(":root{{--accent-base:{accent}}}\n").as_bytes());
        }
        css
    }

    /// The files that pages load or that lie at the root, by their names below `assets/`.
    pub(crate) fn assets(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.below("assets/").map(|(name, bytes)| (&name["assets/".len()..], bytes))
    }
}

/// Whether a text has only characters of CSS colours, so that it cannot end the declaration that it is in.
pub(crate) fn is_colour(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "#(),.%/ -".contains(c);
    !text.is_empty() && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of the values in a message.
    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(v, _)| v).collect()
    }

    #[test]
    fn languages_have_the_same_keys_and_values() {
        let theme = Theme::load(None).expect("the embedded theme");
        let english = theme.messages("en").expect("valid");
        let french = theme.messages("fr").expect("valid");
        let keys = |messages: &Messages| messages.texts().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&english), keys(&french));
        for (key, text) in english.texts() {
            assert_eq!(values(text), values(&french.texts()[key]), "{key}");
        }
        assert!(theme.messages("xx").expect_err("no such file").to_string().contains("xx.yaml"));
    }

    #[test]
    fn every_message_is_used() {
        let theme = Theme::load(None).expect("the embedded theme");
        let mut sources = String::new();
        for (_, bytes) in
            theme.below("pages/").chain(theme.below("parts/")).chain(theme.below("assets/"))
        {
            sources.push_str(&String::from_utf8_lossy(bytes));
        }
        for key in theme.messages("en").expect("valid").texts().keys() {
            // Messages of JSON and Markdown files are tested where these are written.
            if key.starts_with("machine.") {
                continue;
            }
            // Scripts compute the last part of some keys.
            let stem = key.rsplit_once('.').map_or(key.as_str(), |(stem, _)| stem);
            let is_used = sources.contains(&format!("[[ {key} "))
                || sources.contains(&format!("'{key}'"))
                || sources.contains(&format!("`{stem}.$"));
            assert!(is_used, "`{key}` is not used");
        }
    }
}
