//! La Carto over HTTP: `GET /applications`, paged by number, behind an API key.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CARTO_KEY, mistake, reply};

/// No page is longer than this, whatever `taille` asks for.
const LONGEST_PAGE: usize = 50;

#[derive(Deserialize)]
struct Paging {
    page: Option<usize>,
    taille: Option<usize>,
}

/// Returns the routes of this API.
pub(super) fn router(applications: Vec<Value>) -> Router {
    Router::new().route("/carto/api/v2/applications", get(list)).with_state(Arc::new(applications))
}

async fn list(
    State(applications): State<Arc<Vec<Value>>>,
    headers: HeaderMap,
    Query(paging): Query<Paging>,
) -> Response {
    if headers.get("x-api-key").is_none_or(|key| key.as_bytes() != CARTO_KEY.as_bytes()) {
        return mistake(
            StatusCode::UNAUTHORIZED,
            "CLE_API_INVALIDE",
            "L'en-tête X-Api-Key est absent ou inconnu",
        );
    }
    let (page, size) = (paging.page.unwrap_or(1), paging.taille.unwrap_or(LONGEST_PAGE));
    if page == 0 || size == 0 {
        return mistake(StatusCode::BAD_REQUEST, "PAGE_INVALIDE", "page et taille partent de 1");
    }
    let size = size.min(LONGEST_PAGE);
    let start = (page - 1).saturating_mul(size).min(applications.len());
    let end = (start + size).min(applications.len());
    reply(
        StatusCode::OK,
        &json!({
            "contenu": applications[start..end],
            "pagination": {
                "page": page,
                "taille": size,
                "nbPages": applications.len().div_ceil(size),
                "total": applications.len(),
            },
            "extraction": { "version": "2.18.4", "perimetre": "GROUPE", "avertissement": null },
        }),
    )
}
