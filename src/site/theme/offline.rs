//! Search without a network: the service worker, and the list of the files that it caches.
//!
//! Both are written only when the portal turns this on, because the service worker downloads the whole index.

use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use super::assets::Assets;
use crate::site::text::address::SEARCH_FOLDER;

/// The service worker. It lies at the root, because it answers for what lies below its own folder.
pub(crate) const WORKER: &str = "offline.js";
/// The list of files that it caches from the start.
const LIST: &str = "offline.json";
/// Pages that it caches from the start, in every language.
const PAGES: [&str; 2] = ["index.html", "search.html"];

/// The list and the worker, with their paths. `paths` are those of all other files of the site. `None` when
/// the theme has no worker.
pub(crate) fn files(
    paths: Vec<String>,
    assets: &Assets<'_>,
) -> Option<[(&'static str, String); 2]> {
    let worker = assets.at_root(WORKER)?;
    let search = format!("{SEARCH_FOLDER}/");
    let is_entry = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        PAGES.contains(&name) && !folder.contains('/')
    };
    let is_kept = |path: &String| {
        path.starts_with(&assets.folder) || path.starts_with(&search) || is_entry(path)
    };
    let mut files: Vec<_> = paths.into_iter().filter(is_kept).collect();
    files.sort_unstable();
    let list = json!({ "files": files }).to_string();
    let id = format!("{:032x}", xxh3_128(list.as_bytes()));
    let worker = String::from_utf8_lossy(worker).replace("{id}", &id);
    Some([(LIST, list), (WORKER, worker)])
}
