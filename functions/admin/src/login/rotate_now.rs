use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::auth::authority::rotate::{Rotated, rotate};
use shared::extract::Operator;
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

/// The fleet has a new login.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RotatedAuth {
    /// The login that was current.
    old_generation: u64,
    /// The one that is now.
    generation: u64,
    /// By when every access token of earlier logins that a host holds is dead; null: one does not say, or none was given.
    old_dead_by: Option<String>,
    /// How many hosts hold one of those.
    exposed_hosts: u64,
}

/// Refresh the login at once, whatever its age: hosts get the new one with their next run, and the old refresh token is
/// dead. Access tokens that are out there work until they end.
#[utoipa::path(post, path = "/admin/auth/rotate-now",
    responses((status = 200, body = http::Envelope<RotatedAuth>), (status = 404), (status = 409), (status = 502)))]
pub async fn rotate_now(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let Rotated { old_generation, generation, old_dead_by, exposed_hosts } = rotate(&app, &who.by).await?;
    Ok(http::ok(RotatedAuth { old_generation, generation, old_dead_by: old_dead_by.map(atom), exposed_hosts }))
}
