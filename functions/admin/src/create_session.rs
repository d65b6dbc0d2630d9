use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::access::open_session;
use shared::extract::{Json, SESSION_COOKIE};
use shared::single_use::{self, Purpose};
use shared::{App, AppError, AppResult, http};

/// The token of a sign-in link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SignIn {
    token: String,
}

/// The session is in the cookie.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedIn {
    signed_in: bool,
}

/// Open a session with the token of a sign-in link, which is spent by it.
#[utoipa::path(post, path = "/admin/session", request_body = SignIn,
    responses((status = 200, body = http::Envelope<SignedIn>), (status = 400), (status = 404), (status = 410), (status = 415), (status = 422)))]
pub async fn create_session(State(app): State<App>, Json(body): Json<SignIn>) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let live = single_use::find(&mut tx, now, Purpose::SignIn, &body.token).await?;
    single_use::consume(&mut tx, now, live.id).await?;
    let owner = live.admin_token_id.ok_or(AppError::NotFound("token"))?;
    let session = open_session(&app, &mut tx, owner).await?;
    tx.commit().await?;
    let secure = if app.config.public_base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={session}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=43200{secure}");
    Ok(([(header::SET_COOKIE, cookie)], http::ok(SignedIn { signed_in: true })))
}
