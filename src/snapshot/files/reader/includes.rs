//! Includes the files that placeholders of an entity name.

use serde_json::Value;

use super::{Descriptor, ReadError, Reader, leads_out};
use crate::{
    base::path::RelativePath,
    catalog::{
        placeholders::{IncludeFormat, Placeholder},
        target::{Target, resolve},
    },
};

impl Reader<'_> {
    /// The value that replaces a placeholder whose file cannot be read: the file's address, else the
    /// text of the placeholder.
    pub(super) fn address(&self, file: &RelativePath, target: &str) -> String {
        let pages = self.origin.pages.as_ref();
        let page = match resolve(file, target, pages) {
            Target::Inside(path) => pages.and_then(|pages| pages.file(&path)),
            _ => None,
        };
        page.unwrap_or_else(|| target.to_owned())
    }

    /// Reads the value that replaces a placeholder.
    pub(super) fn included(
        &mut self,
        of: &Descriptor<'_>,
        at: &Placeholder,
    ) -> Result<Value, ReadError> {
        let target = &at.target;
        let path = match resolve(of.file, target, self.origin.pages.as_ref()) {
            Target::Inside(path) => RelativePath::new(path),
            Target::Foreign => {
                let message = format!("`{target}` is outside this repository, and is not read");
                return Err(ReadError::because(message).hint("keep the file beside the entity"));
            }
            Target::Outside => return Err(leads_out(target)),
            Target::Folder => return Err(ReadError::because(format!("`{target}` is a folder"))),
        };
        let path = path.map_err(|e| ReadError::because(e.to_string()))?;
        let text = self.text(&path)?;
        if at.format == IncludeFormat::Definition && text.lines().any(leads_to_a_file) {
            let message = format!("references of `{path}` to other files are not resolved");
            let hint = "bundle the definition into one file";
            self.warn("unbundled-definition", of.place.at(&at.at), &message, hint);
        }
        at.format.value(text).map_err(|error| {
            let place = self.place(&path, error.position);
            ReadError::because(format!("{place}: {error}"))
        })
    }
}

/// True for a line with a `$ref` to another file.
fn leads_to_a_file(line: &str) -> bool {
    let target =
        line.split_once("$ref").map(|(_, rest)| rest.trim_start_matches(['"', '\'', ':', ' ']));
    target.is_some_and(|target| !target.is_empty() && !target.starts_with('#'))
}
