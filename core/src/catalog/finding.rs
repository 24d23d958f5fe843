//! Findings: issues of fragments whose file is known, and the diagnostics that are made of them.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;

use super::{
    entity::Fragment,
    includes::{Includes, has_includes},
    issue::Issue,
};
use crate::base::{diagnostics::Diagnostic, files::Files, yaml::Positions};

/// An issue of a fragment.
#[derive(Debug)]
pub(super) struct Finding {
    file: Arc<str>,
    /// Index of the fragment's document in the file.
    document: usize,
    issue: Issue,
}

impl Finding {
    pub(super) fn new(fragment: &Fragment, issue: Issue) -> Self {
        Self { file: Arc::clone(&fragment.file), document: fragment.index, issue }
    }
}

/// Makes diagnostics of findings, with line and column. Each file that has findings is read again, once.
pub(super) fn diagnose(root: &dyn Files, mut findings: Vec<Finding>) -> Vec<Diagnostic> {
    findings.sort_by(|a, b| a.file.cmp(&b.file));
    let mut files = Vec::new();
    let mut rest = findings.into_iter().peekable();
    while let Some(first) = rest.next() {
        let file = Arc::clone(&first.file);
        let mut of_file = vec![first];
        of_file.extend(std::iter::from_fn(|| rest.next_if(|next| next.file == file)));
        files.push((file, of_file));
    }
    let diagnostics = |(file, findings): (Arc<str>, Vec<Finding>)| {
        let text = root.text(&file).ok().flatten().unwrap_or_default();
        let positions = Positions::new(&text);
        let mut includes = BTreeMap::new();
        if has_includes(&file) {
            for (index, document) in root.documents(&text).into_iter().enumerate() {
                let mut document = document.unwrap_or_default();
                includes.insert(index, Includes::replace(root, &file, &mut document));
            }
        }
        let placed = findings.into_iter().map(|f| match includes.get(&f.document) {
            Some(includes) => includes.diagnostic(f.issue, &file, &positions, f.document),
            None => f.issue.placed(&file, &positions, f.document),
        });
        placed.collect::<Vec<_>>()
    };
    files.into_par_iter().flat_map(diagnostics).collect()
}
