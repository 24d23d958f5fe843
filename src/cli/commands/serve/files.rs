//! Reads the files of a site for `serve`. A symbolic link is followed only when it stays inside the site.

use std::{
    fs::Metadata,
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
};

use axum::{Router, response::Html};
use tower_http::services::{
    ServeDir,
    fs::{Backend, TokioBackend, TokioFile},
};

use crate::base::{
    files::{Directory, Files},
    fs,
};

/// Answers with the files of a site as they are, and with its page for missing addresses.
pub(super) fn router(site: &Path) -> Router {
    let files = SiteFiles { root: site.to_owned() };
    let root = site.to_owned();
    let missing = Router::new().fallback(move || async move {
        Html(Directory::new(&root).text("404.html").ok().flatten().unwrap_or_default())
    });
    Router::new().fallback_service(ServeDir::with_backend(site, files).not_found_service(missing))
}

/// The regular files below a directory. Links that leave the directory, FIFOs and devices are not found.
#[derive(Debug, Clone)]
struct SiteFiles {
    root: PathBuf,
}

impl SiteFiles {
    async fn check(&self, path: &Path) -> io::Result<()> {
        let (root, path) = (self.root.clone(), path.to_owned());
        let resolved = tokio::task::spawn_blocking(move || fs::resolve_inside(&root, &path));
        match resolved.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Backend for SiteFiles {
    type File = TokioFile;
    type Metadata = Metadata;
    type OpenFuture = Answer<TokioFile>;
    type MetadataFuture = Answer<Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let files = self.clone();
        Box::pin(async move {
            files.check(&path).await?;
            TokioBackend.open(path).await
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let files = self.clone();
        Box::pin(async move {
            files.check(&path).await?;
            TokioBackend.metadata(path).await
        })
    }
}
