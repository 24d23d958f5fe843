//! Parts of pages that several pages share, such as rows of lists: each is rendered once in each language.

use std::sync::OnceLock;

use serde::{Serialize, Serializer};
use tera::Context;

use crate::site::{
    error::Error,
    key::lazy::{self, LazyContent},
    theme::language::Language,
};

/// A part that pages of one folder share. Their page keys have its key.
#[derive(Debug)]
pub(crate) struct Part<T> {
    view: T,
    key: u128,
    /// By language.
    html: Vec<OnceLock<String>>,
}

impl<T: Serialize> Part<T> {
    /// `key` is the hash of all that the part is made from.
    pub(crate) fn new(view: T, key: u128, languages: usize) -> Self {
        let html = std::iter::repeat_with(OnceLock::new).take(languages).collect();
        Self { view, key, html }
    }

    /// The HTML of the part in the language with the number `at`, trimmed. `root` is the prefix that leads from
    /// the folder to the site's root.
    pub(crate) fn html(
        &self,
        at: usize,
        language: &Language,
        template: &str,
        root: &str,
    ) -> Result<&str, Error> {
        if let Some(html) = self.html[at].get() {
            return Ok(html);
        }
        let context = Context::from_serialize(&self.view)?;
        let html = language.render(template, Some(root.to_owned()), &context)?;
        let html = String::from_utf8_lossy(&html).trim().to_owned();
        Ok(self.html[at].get_or_init(|| html))
    }
}

impl<T> Serialize for Part<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl<T> LazyContent for Part<T> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.key.to_le_bytes())
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The template gets the HTML from [`Part::html`].
        serializer.serialize_unit()
    }
}
