//! The site templates in one language, and where its pages lie.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tera::{Context, Tera};

use super::inline::Components;
use crate::site::{error::Error, text::escape};

/// Renders the pages of one of the portal's languages.
pub(crate) struct Language {
    /// Where its pages lie below the site's root: nowhere else for the first, else `<code>/`.
    pub(crate) prefix: String,
    /// Names and texts.
    templates: Vec<(String, String)>,
    /// What all templates know.
    global: Context,
    /// By the way to the root; `None` where only the page's view tells it.
    compiled: Mutex<HashMap<Option<String>, Arc<Tera>>>,
}

impl Language {
    pub(crate) fn new(prefix: String, templates: Vec<(String, String)>, global: Context) -> Self {
        Self { prefix, templates, global, compiled: Mutex::default() }
    }

    /// Renders a page. `root` is its `page.root` where that follows from the page's path: it stands in every
    /// link, and so it becomes a part of the templates.
    ///
    /// # Errors
    /// A template with a mistake, with its name, line and column.
    pub(crate) fn render(
        &self,
        template: &str,
        root: Option<String>,
        context: &Context,
    ) -> Result<Vec<u8>, Error> {
        let mut html = Vec::with_capacity(24 << 10);
        self.compiled(root)?.render_to(template, context, &mut html)?;
        Ok(html)
    }

    fn compiled(&self, root: Option<String>) -> Result<Arc<Tera>, Error> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tera) = compiled.get(&root) {
            return Ok(Arc::clone(tera));
        }
        let mut tera = Tera::new();
        tera.set_escape_fn(escape::escape);
        let rooted: Vec<_> = self
            .templates
            .iter()
            .map(|(name, text)| match &root {
                Some(root) => (name, text.replace("{{ page.root }}", root)),
                None => (name, text.clone()),
            })
            .collect();
        let small = Components::of(rooted.iter().map(|(_, text)| &**text));
        tera.add_raw_templates(rooted.iter().map(|(name, text)| (name, small.expand(text))))?;
        tera.global_context().clone_from(&self.global);
        let tera = Arc::new(tera);
        compiled.insert(root, Arc::clone(&tera));
        Ok(tera)
    }
}
