use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Json, Operator, Path};
use shared::hosts::rotate::{MAX_OVERLAP_MINUTES, rotate};
use shared::hosts::view::atom;
use shared::{App, AppError, AppResult, http};

/// How the old key ends.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RotateKey {
    /// The old key goes on working for so many minutes, at most a week; absent or 0: it ends at once.
    #[schema(maximum = 10_080)]
    overlap_minutes: Option<u16>,
}

/// The new key: shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RotatedKey {
    id: u64,
    fqdn: String,
    api_key: String,
    old_key_until: Option<String>,
}

/// Give a host a new key, to be put into its `host.conf` as `cdx_key`. A pending installer of it ends.
#[utoipa::path(post, path = "/admin/hosts/{id}/key/rotate", params(("id" = u64, Path)), request_body = Option<RotateKey>,
    responses((status = 200, body = http::Envelope<RotatedKey>)))]
pub async fn rotate_host_key(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<RotateKey>,
) -> AppResult<impl IntoResponse> {
    let overlap = body.overlap_minutes.unwrap_or(0);
    if overlap > MAX_OVERLAP_MINUTES {
        return Err(AppError::invalid("overlap_minutes", format!("overlap_minutes must be at most {MAX_OVERLAP_MINUTES}")));
    }
    let done = rotate(&app, &who.by, id, overlap).await?;
    let api_key = done.key.reveal().to_owned();
    Ok(http::ok(RotatedKey { id, fqdn: done.host.fqdn, api_key, old_key_until: done.old_key_until.map(atom) }))
}
