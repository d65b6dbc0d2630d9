//! How the fleet's login is doing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::MySqlConnection;

use super::authority::due::{Age, due_at};
use super::authority::sql::state;
use super::mode::RefreshMode;
use super::{banner, exposure, host_view, jwt, sql};
use crate::hosts::view::{atom_or_null, atom_text};
use crate::{App, AppResult, fleet};

/// The login and what is done to keep it alive. No token is in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Status {
    /// 0: there is none.
    pub generation: u64,
    /// `ok`, `uncertain` or `needs_login`.
    pub state: String,
    /// Why somebody has to sign in: OpenAI's code, `unanswered`, `rejected` or `restored`.
    pub code: Option<String>,
    /// What to do about it.
    pub advice: Option<&'static str>,
    /// Since when the server has this generation.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub since: Option<DateTime<Utc>>,
    /// `host`, `seed`, `upload` or `refresh`.
    pub source: Option<String>,
    /// When its access token ends.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub access_ends_at: Option<DateTime<Utc>>,
    /// When the server refreshes it; null: it cannot be refreshed, or its end is unknown and it is refreshed by age.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub refresh_due_at: Option<DateTime<Utc>>,
    /// Whether it holds a refresh token.
    pub refreshable: bool,
    /// The fleet's.
    pub refresh_mode: RefreshMode,
    /// Hosts that are given the refresh token itself.
    pub direct_hosts: Vec<String>,
    /// What an operator should know.
    pub warnings: Vec<String>,
    /// The last times the token was sent to OpenAI, newest first.
    pub spends: Vec<SpendRow>,
}

/// One time the token was sent.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SpendRow {
    /// Number of the lease.
    pub fence: u64,
    /// Whose token.
    pub generation: u64,
    /// The one try after an answer that never came.
    pub recovery: bool,
    /// `due`, `asked` or `forced`.
    pub why: String,
    /// When it was sent.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub intended_at: DateTime<Utc>,
    /// `promoted`, `refused`, `turned_away`, `lost` or `superseded`; null: under way.
    pub outcome: Option<String>,
    /// What came back instead of tokens.
    pub detail: Option<String>,
}

/// Reads it all; nothing is locked.
pub async fn status(app: &App) -> AppResult<Status> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let direct_hosts = direct_hosts(&mut conn, &fleet.refresh_mode).await?;
    let spends = spends(&mut conn).await?;
    let login = host_view::current(app, &mut conn, fleet.auth_generation).await?;
    let origin = sql::origin(&mut conn, fleet.auth_generation).await?;
    let now = app.clock.now();
    let state = state(&fleet.auth_state, fleet.auth_state_code.clone());
    let refreshable = login.as_ref().is_some_and(|login| login.token("refresh_token").is_some());
    let access_ends_at = login.as_ref().and_then(exposure::ends_at);
    let age = login.as_ref().zip(origin.as_ref()).map(|(login, (since, _))| Age {
        since: *since,
        issued_at: login.token("access_token").and_then(jwt::issued_at),
        expires_at: access_ends_at.map(|at| at.timestamp()),
    });
    let mut warnings = Vec::new();
    if !direct_hosts.is_empty() {
        warnings.push(format!(
            "{} hosts are given the refresh token itself: two that spend it, or a logout on one, end the login of all",
            direct_hosts.len()
        ));
    }
    if login.is_some() && !refreshable && access_ends_at.is_some_and(|at| at - now < TimeDelta::days(1)) {
        warnings.push("the login holds no refresh token and its access token ends soon: seed a new login".to_owned());
    }
    Ok(Status {
        generation: fleet.auth_generation,
        state: state.name().to_owned(),
        code: state.code().map(str::to_owned),
        advice: banner::for_operators(&state),
        since: origin.as_ref().map(|(since, _)| *since),
        source: origin.map(|(_, source)| source),
        access_ends_at,
        refresh_due_at: age.filter(|_| refreshable).and_then(|age| due_at(age, app.spread(fleet.auth_generation))),
        refreshable,
        refresh_mode: RefreshMode::parse(&fleet.refresh_mode),
        direct_hosts,
        warnings,
        spends,
    })
}

async fn direct_hosts(conn: &mut MySqlConnection, fleet_mode: &str) -> sqlx::Result<Vec<String>> {
    let sql = "SELECT fqdn FROM hosts WHERE archived_at IS NULL AND COALESCE(refresh_mode_override, ?) = 'direct' ORDER BY fqdn LIMIT 1000";
    let rows: Vec<(String,)> = sqlx::query_as(sql).bind(fleet_mode).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(fqdn,)| fqdn).collect())
}

async fn spends(conn: &mut MySqlConnection) -> sqlx::Result<Vec<SpendRow>> {
    let sql = "SELECT fence, generation, recovery, why, intended_at, outcome, detail FROM auth_spends ORDER BY fence DESC LIMIT 20";
    sqlx::query_as(sql).fetch_all(conn).await
}
