//! Settings of the whole fleet: one row.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use crate::crypto::Keyring;
use crate::quota::Policy;

/// The fleet's settings, as the hot path reads them with the host.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Fleet {
    /// The current login; 0 = none.
    pub auth_generation: u64,
    /// `ok`, `uncertain` or `needs_login` ([`crate::auth::authority::State`]).
    pub auth_state: String,
    /// Why somebody has to sign in again.
    pub auth_state_code: Option<String>,
    /// `ok` or `fail`: what the runner last said of the login.
    pub runner_state: Option<String>,
    /// When it last proved a login …
    pub runner_last_ok: Option<DateTime<Utc>>,
    /// … when it last did not …
    pub runner_last_fail: Option<DateTime<Utc>>,
    /// … and when it last answered.
    pub runner_last_check: Option<DateTime<Utc>>,
    /// `broker` or `direct` ([`crate::auth::mode::RefreshMode`]).
    pub refresh_mode: String,
    /// The current configuration; 0 = none ([`crate::codex_config`]).
    pub config_version: u64,
    /// Kill switch of the host API.
    pub api_disabled: bool,
    /// `cdx` prints errors only.
    pub cdx_silent: bool,
    /// Over quota: refuse (true) or warn.
    pub quota_hard_fail: bool,
    /// 50 to 100.
    pub quota_limit_percent: u16,
    /// 0 (off), 5 or 7 days.
    pub quota_week_partition: u16,
    /// The fleet's pin, if any.
    pub client_version_lock: Option<String>,
    /// When it was pinned.
    pub client_version_lock_at: Option<DateTime<Utc>>,
    /// Newest release seen upstream.
    pub client_available: Option<String>,
    /// When it was seen.
    pub client_available_at: Option<DateTime<Utc>>,
    /// The highest Codex among hosts.
    pub client_reported: Option<String>,
    /// The running roll-out ([`crate::versions::rollout`]); 0: none.
    pub rollout_id: u64,
    /// What is rolled out …
    pub rollout_version: Option<String>,
    /// … to so many hosts of a hundred, or …
    pub rollout_percent: Option<u8>,
    /// … to the hosts with this tag …
    pub rollout_tag: Option<String>,
    /// … since then.
    pub rollout_at: Option<DateTime<Utc>>,
    /// Rises with every change of AGENTS.md, a slash command or a skill ([`crate::artifacts`]).
    pub artifacts_revision: u64,
    /// `accept`, `review` or `refuse` ([`crate::artifacts::policy::Policy`]).
    pub push_policy: String,
    /// What the fleet may cost in a month ([`crate::usage::budget`]).
    pub budget_month: Option<Decimal>,
    /// From this share of it on hosts are warned.
    pub budget_warn_percent: u16,
    /// Over it hosts do not start Codex.
    pub budget_stops: bool,
    /// Empty, `warn` or `over` …
    pub budget_state: String,
    /// … in this month.
    pub budget_state_month: String,
    /// The newest attempt to learn the quota; 0 = none ([`crate::quota`]).
    pub quota_snapshot: u64,
    /// Fingerprint of the key that signs `cdx` ([`crate::signing`]); empty: there is none yet.
    pub signing_key: String,
}

/// Columns of [`Fleet`], for queries that join the row.
pub const COLUMNS: &str = "f.auth_generation, f.auth_state, f.auth_state_code, f.runner_state, f.runner_last_ok, f.runner_last_fail, \
     f.runner_last_check, f.refresh_mode, f.config_version, f.api_disabled, f.cdx_silent, f.quota_hard_fail, f.quota_limit_percent, \
     f.quota_week_partition, f.client_version_lock, f.client_version_lock_at, f.client_available, f.client_available_at, \
     f.client_reported, f.rollout_id, f.rollout_version, f.rollout_percent, f.rollout_tag, f.rollout_at, \
     f.artifacts_revision, f.push_policy, f.budget_month, f.budget_warn_percent, f.budget_stops, f.budget_state, f.budget_state_month, \
     f.quota_snapshot, f.signing_key";

/// Reads the settings.
pub async fn get(conn: &mut MySqlConnection) -> sqlx::Result<Fleet> {
    let sql = format!("SELECT {COLUMNS} FROM fleet f WHERE f.id = 1");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(conn).await
}

/// How many unused days an operator leaves hosts; `None`: nobody has chosen.
pub async fn inactivity_days(conn: &mut MySqlConnection) -> sqlx::Result<Option<u16>> {
    let (days,): (Option<u16>,) = sqlx::query_as("SELECT inactivity_days FROM fleet WHERE id = 1").fetch_one(conn).await?;
    Ok(days)
}

/// Chooses how many unused days hosts stay.
pub async fn set_inactivity_days(conn: &mut MySqlConnection, days: u16) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET inactivity_days = ? WHERE id = 1").bind(days).execute(conn).await?;
    Ok(())
}

/// Chooses what host views hold instead of the refresh token.
pub async fn set_refresh_mode(conn: &mut MySqlConnection, mode: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET refresh_mode = ? WHERE id = 1").bind(mode).execute(conn).await?;
    Ok(())
}

/// Chooses what becomes of what hosts push.
pub async fn set_push_policy(conn: &mut MySqlConnection, policy: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET push_policy = ? WHERE id = 1").bind(policy).execute(conn).await?;
    Ok(())
}

/// Turns the host API off or on.
pub async fn set_api_disabled(conn: &mut MySqlConnection, disabled: bool) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET api_disabled = ? WHERE id = 1").bind(disabled).execute(conn).await?;
    Ok(())
}

/// Chooses how quota is treated.
pub async fn set_quota(conn: &mut MySqlConnection, policy: Policy) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET quota_hard_fail = ?, quota_limit_percent = ?, quota_week_partition = ? WHERE id = 1";
    sqlx::query(sql).bind(policy.hard_fail).bind(policy.limit_percent).bind(policy.week_partition).execute(conn).await?;
    Ok(())
}

/// Lets `cdx` print errors only, or everything.
pub async fn set_cdx_silent(conn: &mut MySqlConnection, silent: bool) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET cdx_silent = ? WHERE id = 1").bind(silent).execute(conn).await?;
    Ok(())
}

/// Pins the fleet to one Codex version, or unpins it.
pub async fn set_version_lock(conn: &mut MySqlConnection, now: DateTime<Utc>, version: Option<&str>) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET client_version_lock = ?, client_version_lock_at = ? WHERE id = 1";
    sqlx::query(sql).bind(version).bind(version.map(|_| now)).execute(conn).await?;
    Ok(())
}

/// Remembers the newest release seen upstream.
pub async fn set_available(conn: &mut MySqlConnection, now: DateTime<Utc>, version: &str) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET client_available = ?, client_available_at = ? WHERE id = 1";
    sqlx::query(sql).bind(version).bind(now).execute(conn).await?;
    Ok(())
}

/// Proves that `keyring` is the one this database was sealed with; the first caller leaves the proof.
/// `false` means the wrong key.
pub async fn check_key(conn: &mut MySqlConnection, keyring: &Keyring) -> sqlx::Result<bool> {
    let sealed = keyring.seal("codex-auth-central");
    sqlx::query("UPDATE fleet SET key_check = ? WHERE id = 1 AND key_check IS NULL").bind(sealed).execute(&mut *conn).await?;
    let (stored,): (String,) = sqlx::query_as("SELECT key_check FROM fleet WHERE id = 1").fetch_one(conn).await?;
    Ok(keyring.open(&stored).is_ok())
}
