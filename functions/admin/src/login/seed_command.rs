use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::audit::Change;
use shared::extract::Owner;
use shared::hosts::view::atom;
use shared::single_use::{self, Purpose};
use shared::{App, AppResult, http, shell};

/// The line to run on a machine that is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeedCommand {
    command: String,
    expires_at: String,
}

/// Mint a one-time command that uploads the login of the machine it runs on.
#[utoipa::path(post, path = "/admin/auth/seed-command", responses((status = 200, body = http::Envelope<SeedCommand>)))]
pub async fn create_seed_command(Owner(who): Owner, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    let mut change = Change::begin(&app, &who.by).await?;
    let (token, expires_at) = single_use::mint(&mut change, now, Purpose::Seed, app.config.seed_token_ttl, None, None).await?;
    change.record("admin.seed_token.create", "canonical", (), json!({ "expires_at": atom(expires_at) }));
    change.commit().await?;
    let url = format!("{}/seed/auth/{token}", app.config.public_base_url);
    Ok(http::ok(SeedCommand { command: format!("curl -sSL {} | sh", shell::quote(&url)), expires_at: atom(expires_at) }))
}
