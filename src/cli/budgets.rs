//! Measures of a built site, such as bytes of a page and seconds of the build, with the budget of each.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

use crate::{
    base::{fs, memory},
    search::{ENGINE_FILES, HEAD_NAME, PARTS, engine_folder},
    site::Report,
};

/// One measured value.
#[derive(Debug, Serialize)]
pub(super) struct Measure {
    /// The name of the measure.
    name: &'static str,
    value: f64,
    unit: &'static str,
    /// The budget: the largest value that is accepted.
    limit: Option<f64>,
}

/// Entities that the budgets of time and memory are given for.
const ENTITIES: f64 = 22_500.0;

impl Measure {
    fn new(
        name: &'static str,
        value: f64,
        unit: &'static str,
        limit: impl Into<Option<f64>>,
    ) -> Self {
        Self { name, value, unit, limit: limit.into() }
    }

    fn is_exceeded(&self) -> bool {
        self.limit.is_some_and(|limit| self.value > limit)
    }
}

/// Measures what every visitor of a page loads; quick enough for every build.
pub(super) fn of_pages(site: &Path, report: &Report) -> Vec<Measure> {
    let mut pages: Vec<(u64, &str)> = report
        .record
        .files()
        .filter(|(path, _)| is_entity_page(path))
        .map(|(path, entry)| (entry.bytes, path))
        .collect();
    pages.sort_unstable();
    let mut measures = Vec::new();
    for (name, share) in [("entity page, median", 50), ("entity page, 95 %", 95)] {
        if let Some((_, path)) = pages.get(pages.len() * share / 100) {
            measures.push(Measure::new(name, packed(&[site.join(path)]), "kB gzip", 20.0));
        }
    }
    // Their folder is named by the hash of its files.
    let mut files = report.record.files().map(|(path, _)| path);
    let styles = files.find(|path| path.starts_with("assets/") && path.ends_with("/site.css"));
    let styles = site.join(styles.unwrap_or_default());
    let scripts = modules(styles.parent().unwrap_or(site), &["frame/theme.js", "frame/site.js"]);
    measures.push(Measure::new("styles", packed(&[styles]), "kB gzip", 15.0));
    measures.push(Measure::new("scripts of a page", packed(&scripts), "kB gzip", 15.0));
    measures
}

/// Measures search, time and memory too.
pub(super) fn of_build(site: &Path, report: &Report, time: Duration) -> Vec<Measure> {
    let mut measures = of_pages(site, report);
    let search = site.join("search");
    let index = report.record.files().filter(|(path, _)| {
        path.strip_prefix("search/")
            .is_some_and(|name| name == HEAD_NAME || name.starts_with(PARTS))
    });
    let index: u64 = index.map(|(_, entry)| entry.bytes).sum();
    measures.push(Measure::new("search index", index as f64 / 1e6, "MB", None));
    let engine = search.join(engine_folder());
    let mut files: Vec<_> = ENGINE_FILES.iter().map(|(name, _)| engine.join(name)).collect();
    files.push(search.join(HEAD_NAME));
    files.extend(bundle(&search.join(HEAD_NAME)).map(|name| search.join(PARTS).join(name)));
    measures.push(Measure::new("first search, without its hits", packed(&files), "kB gzip", 500.0));
    // A small site needs as much as the program itself.
    let share = (report.documents as f64 / ENTITIES).max(0.1);
    measures.push(Measure::new("time", time.as_secs_f64(), "s", (4.0 * share).max(1.0)));
    if let Some(peak) = memory::peak() {
        measures.push(Measure::new("memory", peak as f64 / 1e6, "MB", 500.0 * share.max(1.0)));
    }
    measures
}

/// The measures as a table; of those alone that are exceeded, unless `all`. Empty when there are none.
pub(super) fn table(measures: &[Measure], all: bool) -> String {
    let mut text = String::new();
    for measure in measures.iter().filter(|measure| all || measure.is_exceeded()) {
        let Measure { name, value, unit, limit } = measure;
        let limit = limit.map(|limit| format!("of at most {limit:.1}")).unwrap_or_default();
        let mark = if measure.is_exceeded() { "exceeded" } else { "" };
        let line = format!("  {name:<32}{value:>9.1} {unit:<8} {limit:<18} {mark}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `catalog/<namespace>/<kind>/<name>.html`, in the portal's first language.
fn is_entity_page(path: &str) -> bool {
    path.starts_with("catalog/") && path.ends_with(".html") && path.split('/').count() == 4
}

/// The size of files after gzip, in kB; a missing file counts as 0.
fn packed(files: &[PathBuf]) -> f64 {
    let sizes = files.iter().filter_map(|file| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&fs::read(file).ok()?).ok()?;
        Some(gzip.finish().ok()?.len())
    });
    sizes.sum::<usize>() as f64 / 1e3
}

/// These modules and all modules that they import statically.
fn modules(folder: &Path, first: &[&str]) -> Vec<PathBuf> {
    let mut open: Vec<String> = first.iter().map(|name| (*name).to_owned()).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let file = folder.join(&name);
        let Ok(text) = fs::read_text(&file) else { continue };
        if found.insert(file) {
            let imports = text.split(['\n', ';']).filter_map(|line| {
                let mut quoted = line.trim_start().strip_prefix("import ")?.split(['\'', '"']);
                Some(resolve(&name, quoted.nth(1)?))
            });
            open.extend(imports);
        }
    }
    found.into_iter().collect()
}

/// The path that a relative import of a module means, in the folder that the module's path begins in.
fn resolve(module: &str, import: &str) -> String {
    let mut names: Vec<_> = module.split('/').collect();
    names.pop();
    for name in import.split('/') {
        match name {
            "." => {}
            ".." => drop(names.pop()),
            _ => names.push(name),
        }
    }
    names.join("/")
}

/// The part of the index that every visitor loads.
fn bundle(head: &Path) -> Option<String> {
    let head: serde_json::Value = serde_json::from_slice(&fs::read(head).ok()?).ok()?;
    Some(head.pointer("/bundle")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exceeded_is_shown_always() {
        let measures = [
            Measure::new("a", 1.0, "kB", 2.0),
            Measure::new("b", 3.0, "kB", 2.0),
            Measure::new("c", 9.0, "s", None),
        ];
        assert_eq!(table(&measures, true).lines().count(), 3);
        let shown = table(&measures, false);
        assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>(),
            ["b", "3.0", "kB", "of", "at", "most", "2.0", "exceeded"]
        );
    }

    #[test]
    fn the_scripts_of_a_page_are_those_that_it_imports() {
        let folder = tempfile::tempdir().expect("a scratch directory");
        for (name, text) in [
            (
                "frame/site.js",
                "import { t } from './words.js';\nimport(\"./later.js\");\nimport '../me/b.js'",
            ),
            ("frame/words.js", "import { a } from './site.js';"),
            ("frame/later.js", ""),
            ("me/b.js", "// import '../frame/later.js'"),
        ] {
            fs::write_atomic(&folder.path().join(name), text.as_bytes()).expect("writable");
        }
        let found = modules(folder.path(), &["frame/site.js", "missing.js"]);
        let names: Vec<_> = found.iter().filter_map(|f| f.file_name()?.to_str()).collect();
        assert_eq!(names, ["site.js", "words.js", "b.js"]);
    }
}
