//! Live reload of `serve --watch`: a script in every page that listens to builds. The server adds it to its
//! answers; the files of the site do not change.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::get,
};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::sync::watch;

use crate::base::diagnostics::Diagnostic;

/// Inserted at the end of every HTML page. The script is a file, because the content security policy permits no
/// inline scripts.
const SCRIPT: &str = "<script type=\"module\" src=\"/.callboard/live.js\"></script>\n";
/// Most bytes of a page, whose body is read into memory.
const PAGE_BYTES: usize = 64 << 20;

/// The result of a build, as JSON for open pages.
#[derive(Debug, Serialize)]
pub(super) struct BuildNews<'a> {
    /// Number of the build that changed the site last.
    pub(super) build: u64,
    /// Files that it changed; `None` when there are too many.
    pub(super) changed: Option<&'a [String]>,
    /// How many problems there are, in words.
    pub(super) summary: String,
    /// The error of a failed build.
    pub(super) failure: Option<String>,
    /// The first problems, errors before warnings.
    pub(super) problems: &'a [Diagnostic],
}

/// Sends the result of the last build to open pages.
#[derive(Debug, Clone)]
pub(super) struct LivePages(Arc<watch::Sender<String>>);

impl Default for LivePages {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(String::new())))
    }
}

impl LivePages {
    /// Sends the result to all open pages, and to pages opened later.
    pub(super) fn tell(&self, news: &BuildNews<'_>) {
        if let Ok(text) = serde_json::to_string(news) {
            self.0.send_replace(text);
        }
    }

    /// Serves the script, and adds it to the pages of `site`.
    pub(super) fn router(&self, site: Router) -> Router {
        let news = Arc::clone(&self.0);
        let js = file("text/javascript", include_str!("live.js"));
        let css = file("text/css", include_str!("live.css"));
        Router::new()
            .route("/.callboard/events", get(move || async move { Sse::new(events(&news)) }))
            .route("/.callboard/live.js", get(move || async move { js }))
            .route("/.callboard/live.css", get(move || async move { css }))
            .fallback_service(site.layer(middleware::from_fn(with_script)))
    }
}

type File = ([(header::HeaderName, &'static str); 2], &'static str);

fn file(kind: &'static str, text: &'static str) -> File {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text)
}

/// A stream of the current result and all later ones.
fn events(news: &watch::Sender<String>) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let mut news = news.subscribe();
    news.mark_changed();
    stream::unfold(news, |mut news| async move {
        news.changed().await.ok()?;
        let event = Event::default().data(news.borrow_and_update().as_str());
        Some((Ok(event), news))
    })
}

/// Adds the script to HTML pages, and keeps browsers from caching answers.
async fn with_script(mut request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    for name in [header::IF_MODIFIED_SINCE, header::IF_NONE_MATCH, header::RANGE] {
        request.headers_mut().remove(name);
    }
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().remove(header::LAST_MODIFIED);
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if is_head || !kind.is_some_and(|kind| kind.starts_with("text/html")) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(page) = to_bytes(body, PAGE_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(insert(&page)))
}

fn insert(page: &[u8]) -> Vec<u8> {
    let end = b"</body>";
    let at = page.windows(end.len()).rposition(|window| window == end).unwrap_or(page.len());
    [&page[..at], SCRIPT.as_bytes(), &page[at..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stands_at_the_end_of_a_page() {
        let page = String::from_utf8(insert(b"<body>a</body></html>")).expect("text");
        assert_eq!(page, format!("<body>a{SCRIPT}</body></html>"));
        assert!(insert(b"<p>").ends_with(SCRIPT.as_bytes()));
    }
}
