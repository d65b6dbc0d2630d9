use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::extract::Owner;
use shared::hosts::view::atom;
use shared::single_use::{self, Purpose};
use shared::{App, AppResult, audit, http, shell};

/// The line to run on a machine that is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeedCommand {
    command: String,
    expires_at: String,
}

/// Mint a one-time command that uploads the login of the machine it runs on.
#[utoipa::path(post, path = "/admin/auth/seed-command", responses((status = 200, body = http::Envelope<SeedCommand>), (status = 401), (status = 403)))]
pub async fn create_seed_command(Owner(who): Owner, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let (token, expires_at) = single_use::mint(&mut tx, now, Purpose::Seed, app.config.seed_token_ttl, None, None).await?;
    audit::record(&mut tx, now, &who.name, "admin.seed_token.create", "canonical", json!({ "expires_at": atom(expires_at) })).await?;
    tx.commit().await?;
    let url = format!("{}/seed/auth/{token}", app.config.public_base_url);
    Ok(http::ok(SeedCommand { command: format!("curl -sSL {} | sh", shell::quote(&url)), expires_at: atom(expires_at) }))
}
