//! Whether the process lives, and whether it can do its work.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use shared::App;
use shared::routing::Routes;

/// `/healthz` and `/readyz`: they answer whatever the kill switch says, and are not part of the API document.
pub fn router() -> Routes {
    Router::new().route("/healthz", get(async || Json(json!({ "status": "ok" })))).route("/readyz", get(readyz)).into()
}

async fn readyz(State(app): State<App>) -> impl IntoResponse {
    match app.reach_database().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "error", "code": "database_unavailable" })))
        }
    }
}
