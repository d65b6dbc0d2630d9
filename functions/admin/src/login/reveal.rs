use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use shared::audit::Change;
use shared::auth::host_view;
use shared::extract::{Json, Owner, short_text};
use shared::{App, AppError, AppResult, fleet, http};

/// Why the login has to be seen.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Reveal {
    /// At least 8 characters; the audit keeps it.
    #[schema(
        min_length = 8,
        max_length = 500,
        pattern = "^[^ \\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]{6,498}[^ \\x00-\\x1f\\x7f-\\x9f]$"
    )]
    reason: String,
}

/// The login, with its real refresh token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevealedAuth {
    generation: u64,
    canonical_last_refresh: String,
    canonical_digest: String,
    #[schema(value_type = Object)]
    auth: Box<RawValue>,
}

/// Show the fleet's login itself. Whoever has it can use it up: a copy that refreshes ends the fleet's. Audited first.
#[utoipa::path(post, path = "/admin/auth/reveal", request_body = Reveal,
    responses((status = 200, body = http::Envelope<RevealedAuth>), (status = 404)))]
pub async fn reveal_auth(Owner(who): Owner, State(app): State<App>, Json(body): Json<Reveal>) -> AppResult<impl IntoResponse> {
    let reason = short_text("reason", Some(&body.reason), 500)?.filter(|reason| reason.chars().count() >= 8);
    let reason =
        reason.ok_or_else(|| AppError::invalid("reason", "reason must say in at least 8 characters why the login has to be seen"))?;
    let mut change = Change::begin(&app, &who.by).await?;
    let generation = fleet::get(&mut change).await?.auth_generation;
    let login = host_view::current(&app, &mut change, generation).await?.ok_or(AppError::NotFound("login"))?;
    change.record("admin.auth.reveal", "canonical", (), json!({ "reason": reason, "generation": generation, "digest": login.digest }));
    change.commit().await?;
    let auth = RawValue::from_string(login.bytes).map_err(AppError::internal)?;
    Ok(http::ok(RevealedAuth { generation, canonical_last_refresh: login.last_refresh, canonical_digest: login.digest, auth }))
}
