//! Reads request files from the portal's directory.

use std::path::Path;

use callboard_planner::request::{REQUESTS, Request, is_request_file};

use crate::{
    base::{
        diagnostics::Diagnostic,
        fs::{self, FileError},
        path::shown,
    },
    catalog::names,
};

/// Why a request could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is wrong.
    #[error("the request is wrong")]
    Wrong(Vec<Diagnostic>),
}

/// Loads a request by its id (`scaffolds/requests/<id>.yaml` in the portal) or by a path.
///
/// # Errors
/// The file cannot be read, or is no request.
pub fn load_request(portal: &Path, name: &str) -> Result<Request, RequestError> {
    let is_id = names::is_object_name(name) && !is_request_file(name);
    let (path, shown) = if is_id {
        let file = format!("{REQUESTS}/{name}.yaml");
        (portal.join(&file), file)
    } else {
        let path = Path::new(name);
        let inside = path.strip_prefix(portal).unwrap_or(path);
        let inside = inside.strip_prefix(".").unwrap_or(inside);
        (path.to_owned(), shown(inside))
    };
    let path = if path.is_relative() && !path.exists() { portal.join(path) } else { path };
    // A pull request can contain symbolic links.
    let is_here = path.is_relative() && portal == Path::new(".");
    if is_here || path.starts_with(portal) {
        fs::resolve_inside(portal, &path)?;
    }
    Request::parse_bytes(&shown, fs::read(&path)?).map_err(RequestError::Wrong)
}
