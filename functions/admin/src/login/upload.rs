use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::audit::Change;
use shared::auth::canonical::Login;
use shared::auth::decide::Authority;
use shared::auth::document::Node;
use shared::auth::schema::UploadRequest;
use shared::auth::sql::Source;
use shared::auth::store::store;
use shared::extract::{Owner, RawBody};
use shared::{App, AppError, AppResult, http};

/// What became of the upload. The login itself is not echoed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Uploaded {
    status: &'static str,
    generation: u64,
    canonical_last_refresh: String,
    canonical_digest: String,
}

/// Upload a login. `auth` is the document, or its text. An owner may replace the fleet's account.
#[utoipa::path(post, path = "/admin/auth/upload", request_body = UploadRequest,
    responses((status = 200, body = http::Envelope<Uploaded>)))]
pub async fn upload_auth(Owner(who): Owner, State(app): State<App>, RawBody(bytes): RawBody) -> AppResult<impl IntoResponse> {
    let node = Node::parse(&bytes).map_err(AppError::Undecodable)?;
    let document = match node.get("auth") {
        Some(Node::String(text)) => Node::parse(text.as_bytes()).map_err(|why| AppError::invalid("auth", why))?,
        Some(inner @ Node::Object(_)) => inner.clone(),
        _ => return Err(AppError::invalid("auth", "auth must be an object, or its JSON text")),
    };
    let login = Login::parse(document, app.config.token_min_length, app.clock.now()).map_err(AppError::Invalid)?;
    let mut change = Change::begin(&app, &who.by).await?;
    let (decision, generation) = store(&app, &mut change, &login, Source::Upload, Authority::Owner).await?;
    change.commit().await?;
    Ok(http::ok(Uploaded {
        status: decision.name(),
        generation,
        canonical_last_refresh: login.last_refresh,
        canonical_digest: login.digest,
    }))
}
