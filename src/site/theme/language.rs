//! The compiled site templates of one language.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tera::{Context, Tera};

use super::inline::Components;
use crate::site::{error::Error, text::escape};

/// Renders the pages of one of the portal's languages.
pub(crate) struct Language {
    /// The folder of its pages: empty for the portal's first language, else `<code>/`.
    pub(crate) prefix: String,
    /// Names and texts.
    templates: Vec<(String, String)>,
    /// Variables that all templates have.
    global: Context,
    /// Compiled templates by `page.root`; `None` for those that take it from the view.
    compiled: Mutex<HashMap<Option<String>, Arc<Tera>>>,
}

impl Language {
    pub(crate) fn new(prefix: String, templates: Vec<(String, String)>, global: Context) -> Self {
        Self { prefix, templates, global, compiled: Mutex::default() }
    }

    /// Renders a page. `root` is the value of `page.root` where it follows from the page's path: every link has
    /// it, so it is written into the templates before they are compiled.
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
