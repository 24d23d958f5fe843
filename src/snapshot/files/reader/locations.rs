//! Follows Locations: entities that name other files of entities.

use serde_json::Value;

use super::{Descriptor, ReadError, Reader, leads_out};
use crate::{
    base::path::RelativePath,
    catalog::target::{Target, resolve},
    snapshot::{
        faults::Subject,
        files::{globs::Pattern, tree::EntryKind},
    },
};

const OPTIONAL: &str = "write `presence: optional` when that is meant";

impl Reader<'_> {
    /// Queues the files that a Location names.
    pub(super) fn follow(&mut self, of: &Descriptor<'_>, location: &Value) {
        let spec = &location["spec"];
        let single = spec["target"].as_str().map(|target| ("/spec/target".to_owned(), target));
        let several = spec["targets"].as_array().into_iter().flatten().enumerate();
        let several = several
            .filter_map(|(at, target)| Some((format!("/spec/targets/{at}"), target.as_str()?)));
        let is_optional = spec["presence"] == "optional";
        if spec["target"].as_str().is_none() && spec["targets"].as_array().is_none_or(Vec::is_empty)
        {
            let (message, hint) =
                ("this Location has no target", "name files under `spec.targets`");
            self.warn("location-without-target", of.place.at("/spec"), message, hint);
        }
        for (pointer, target) in single.into_iter().chain(several).collect::<Vec<_>>() {
            match resolve(of.file, target, self.origin.pages.as_ref()) {
                Target::Inside(path) => self.lead(of, &pointer, &path, is_optional),
                Target::Foreign => {
                    let message = format!("`{target}` is outside this repository: not followed");
                    let hint = "name that repository in the source, beside this one";
                    self.warn("foreign-target", of.place.at(&pointer), &message, hint);
                }
                Target::Outside => self.lost(of, &pointer, leads_out(target), Subject::Nothing),
                Target::Folder => {
                    let unread = ReadError::because(format!("`{target}` is a folder"))
                        .hint("name its files, as in `./dir/*.yaml`");
                    self.lost(of, &pointer, unread, Subject::Nothing);
                }
            }
        }
    }

    /// Queues one target inside the tree.
    fn lead(&mut self, of: &Descriptor<'_>, pointer: &str, path: &str, is_optional: bool) {
        if path.contains(['*', '?']) {
            let found = match Pattern::of_target(path) {
                Ok(pattern) => self.wanted(|path| pattern.matches(path)),
                Err(e) => {
                    let unread = ReadError::because(e.to_string());
                    return self.lost(of, pointer, unread, Subject::Nothing);
                }
            };
            if !found && !is_optional {
                let message = format!("no file matches `{path}`");
                self.warn("no-match", of.place.at(pointer), &message, OPTIONAL);
            }
            return;
        }
        let path = match RelativePath::new(path) {
            Ok(path) => path,
            Err(e) => {
                let unread = ReadError::because(e.to_string());
                return self.lost(of, pointer, unread, Subject::Nothing);
            }
        };
        // The file is checked here, so that the diagnostic has the position of the target.
        match self.look(&path) {
            Ok(()) => self.enqueue(&path),
            Err(unread) if unread.is_missing && is_optional => {}
            Err(unread) => {
                let unread = if unread.is_missing { unread.hint(OPTIONAL) } else { unread };
                let subject = Subject::File(self.origin.name(&path));
                self.lost(of, pointer, unread, subject);
            }
        }
    }

    /// Checks whether a file can be read.
    fn look(&self, path: &RelativePath) -> Result<(), ReadError> {
        match self.names.get(path) {
            Some(EntryKind::File) => Ok(()),
            _ => self.content(path).map(drop),
        }
    }
}
