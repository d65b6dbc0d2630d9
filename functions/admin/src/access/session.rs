use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::access::{Credential, Role, SESSION_COOKIE, sessions};
use shared::extract::{Client, Json, Viewer};
use shared::{App, AppResult, http};

/// The token of a sign-in link, or an admin token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SignIn {
    #[schema(max_length = 256)]
    token: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[expect(clippy::struct_field_names, reason = "the name is the contract's")]
pub struct SignedIn {
    signed_in: bool,
    name: String,
    role: Role,
    /// `token`, `session`, `certificate` or `open`.
    credential: &'static str,
}

/// Nobody is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedOut {
    signed_in: bool,
}

/// Say who is asking and what they may do.
#[utoipa::path(get, path = "/admin/session", responses((status = 200, body = http::Envelope<SignedIn>)))]
pub async fn get_session(Viewer(who): Viewer) -> AppResult<impl IntoResponse> {
    let credential = match who.credential {
        Credential::Token { .. } => "token",
        Credential::Session { .. } => "session",
        Credential::Certificate { .. } => "certificate",
        Credential::Open => "open",
    };
    Ok(http::ok(SignedIn { signed_in: true, name: who.by.name, role: who.role, credential }))
}

/// Open a session with the token of a sign-in link, which is spent by it, or with an admin token. The session is in a
/// cookie; it ends after 12 hours, or 2 hours after the last request.
#[utoipa::path(post, path = "/admin/session", request_body = SignIn,
    responses((status = 200, body = http::Envelope<SignedIn>), (status = 404), (status = 410)))]
pub async fn create_session(
    Client(client): Client,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> AppResult<impl IntoResponse> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let opened = sessions::open(&app, &client, agent, &body.token).await?;
    let cookie = cookie(&app, &opened.cookie, sessions::LIFE.num_seconds());
    Ok((cookie, http::ok(SignedIn { signed_in: true, name: opened.name, role: opened.role, credential: "session" })))
}

/// End the session that asks.
#[utoipa::path(delete, path = "/admin/session", responses((status = 200, body = http::Envelope<SignedOut>)))]
pub async fn delete_session(Viewer(who): Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    sessions::end_own(&app, &who).await?;
    Ok((cookie(&app, "", 0), http::ok(SignedOut { signed_in: false })))
}

fn cookie(app: &App, value: &str, seconds: i64) -> [(header::HeaderName, String); 1] {
    let secure = if app.config.public_base_url.starts_with("https://") { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={value}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    [(header::SET_COOKIE, text)]
}
