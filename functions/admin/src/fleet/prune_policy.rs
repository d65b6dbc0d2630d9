use axum::extract::State;
use axum::response::IntoResponse;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::audit::Change;
use shared::config::MAX_INACTIVITY_DAYS;
use shared::extract::{Json, Operator, Viewer};
use shared::hosts::prune::Policy;
use shared::hosts::view::atom;
use shared::hosts::{Host, sql};
use shared::{App, AppResult, fleet, http};

/// How long hosts stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetPrunePolicy {
    /// Hosts nobody used for so many days are archived; rounded down and kept within 0 (never) to 60.
    inactivity_days: f64,
}

/// How long hosts stay, and which go next.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PrunePolicy {
    inactivity_window_days: u16,
    /// Hosts that go within a week if nothing happens, soonest first.
    soon: Vec<Leaving>,
}

/// A host that goes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Leaving {
    id: u64,
    fqdn: String,
    prune_at: String,
    prune_reason: &'static str,
}

/// Show how long hosts stay and which go within a week.
#[utoipa::path(get, path = "/admin/prune-policy", responses((status = 200, body = http::Envelope<PrunePolicy>)))]
pub async fn get_prune_policy(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let policy = Policy::of(&app, fleet::inactivity_days(&mut conn).await?);
    drop(conn);
    Ok(http::ok(answer(&app, policy).await?))
}

/// Choose how long unused hosts stay. The answer tells which would go.
#[utoipa::path(post, path = "/admin/prune-policy", request_body = SetPrunePolicy, responses((status = 200, body = http::Envelope<PrunePolicy>)))]
pub async fn set_prune_policy(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<SetPrunePolicy>,
) -> AppResult<impl IntoResponse> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 to 60")]
    let days = body.inactivity_days.clamp(0.0, MAX_INACTIVITY_DAYS.into()) as u16;
    let mut change = Change::begin(&app, &who.by).await?;
    let before = Policy::of(&app, fleet::inactivity_days(&mut change).await?).inactivity_days;
    fleet::set_inactivity_days(&mut change, days).await?;
    change.record("admin.prune_policy", "fleet", json!({ "inactivity_days": before }), json!({ "inactivity_days": days }));
    change.commit().await?;
    Ok(http::ok(answer(&app, Policy::of(&app, Some(days))).await?))
}

async fn answer(app: &App, policy: Policy) -> AppResult<PrunePolicy> {
    let mut conn = app.db.acquire().await?;
    let limit = app.clock.now() + TimeDelta::days(7);
    let leaves = |host: Host| {
        let (at, reason) = policy.fate(&host).filter(|(at, _)| *at <= limit)?;
        Some((at, Leaving { id: host.id, fqdn: host.fqdn, prune_at: atom(at), prune_reason: reason.name() }))
    };
    let mut soon = sql::of_live(&mut conn, leaves).await?;
    soon.sort_by_key(|(at, _)| *at);
    Ok(PrunePolicy { inactivity_window_days: policy.inactivity_days, soon: soon.into_iter().map(|(_, leaving)| leaving).collect() })
}
