use axum::extract::State;
use axum::response::IntoResponse;
use shared::codex_config::{sql, store};
use shared::extract::Viewer;
use shared::{App, AppResult, http};

use super::answer::{ConfigAnswer, answer};

/// The newest configuration; its `ETag` is the version. Whether hosts get it is in `state`.
#[utoipa::path(get, path = "/admin/config", responses((status = 200, body = http::Envelope<ConfigAnswer>)))]
pub async fn get_config(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let version = sql::head(&mut conn).await?;
    let stored = store::get(&app, &mut conn, version).await?;
    let (headers, body) = answer(if stored.is_some() { "ok" } else { "missing" }, stored);
    Ok((headers, http::ok(body)))
}
