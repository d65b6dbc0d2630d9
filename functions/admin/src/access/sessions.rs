use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::access::sessions::{self, Session};
use shared::extract::{Owner, Path};
use shared::{App, AppResult, http};

/// The sessions that are open.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Sessions {
    sessions: Vec<Session>,
}

/// The session that has ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EndedSession {
    ended: u64,
}

/// List the open sessions, newest first.
#[utoipa::path(get, path = "/admin/access/sessions", responses((status = 200, body = http::Envelope<Sessions>)))]
pub async fn list_sessions(_who: Owner, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(Sessions { sessions: sessions::list(&app).await? }))
}

/// End somebody's session.
#[utoipa::path(delete, path = "/admin/access/sessions/{id}", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<EndedSession>)))]
pub async fn end_session(Owner(who): Owner, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    sessions::end(&app, &who, id).await?;
    Ok(http::ok(EndedSession { ended: id }))
}
