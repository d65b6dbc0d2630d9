use axum::extract::State;
use axum::response::IntoResponse;
use shared::codex_config::{sql, store};
use shared::extract::Viewer;
use shared::{App, AppResult, http};

use super::answer::{ConfigAnswer, answer};

/// The newest configuration; its `ETag` is the version. Whether hosts get it is in `state`. A viewer sees no values of headers, environments and
/// tokens, and nothing of the further TOML.
#[utoipa::path(get, path = "/admin/config", responses((status = 200, body = http::Envelope<ConfigAnswer>)))]
pub async fn get_config(Viewer(who): Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let version = sql::head(&mut conn).await?;
    let stored = store::get(&app, &mut conn, version).await?.map(|stored| stored.shown_to(who.role)).transpose()?;
    let (headers, body) = answer(if stored.is_some() { "ok" } else { "missing" }, stored);
    Ok((headers, http::ok(body)))
}
