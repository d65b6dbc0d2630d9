//! A snapshot in the contract's form, and what is ours beside it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use shared::hosts::view::atom;
use shared::quota::judge::{Judgement, Standing};
use shared::quota::label::{FIVE_HOURS, WEEK};
use shared::quota::{self, COOL_DOWN, Known, Percent, Policy, Snapshot, Window, sql, text};
use shared::{App, AppResult, fleet};

/// The quota.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChatGptUsageAnswer {
    /// null: there never was an attempt.
    snapshot: Option<SnapshotRow>,
    /// Whether it was taken before this request.
    cached: bool,
    next_eligible_at: Option<String>,
    /// The newest attempt, good or not.
    last_attempt: Option<Attempt>,
    /// Every window now.
    windows: Vec<Standing>,
    /// What becomes of a host that is not VIP.
    verdict: Judgement,
    /// Why, in sentences.
    reasons: Vec<String>,
}

/// An attempt to learn the quota.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Attempt {
    /// `ok` or `error`.
    status: &'static str,
    error: Option<String>,
    fetched_at: String,
}

/// A snapshot: the contract's fields.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SnapshotRow {
    id: u64,
    /// Always null: no host's request takes a snapshot.
    host_id: Option<u64>,
    /// `ok` or `error`.
    status: &'static str,
    plan_type: Option<String>,
    rate_allowed: Option<bool>,
    rate_limit_reached: Option<bool>,
    /// Of the five hours, as ChatGPT said it then.
    primary_used_percent: Option<u32>,
    primary_limit_seconds: Option<u64>,
    primary_reset_after_seconds: Option<i64>,
    primary_reset_at: Option<String>,
    /// Of the week.
    secondary_used_percent: Option<u32>,
    secondary_limit_seconds: Option<u64>,
    secondary_reset_after_seconds: Option<i64>,
    secondary_reset_at: Option<String>,
    has_credits: Option<bool>,
    unlimited: Option<bool>,
    credit_balance: Option<String>,
    #[schema(value_type = Option<Object>)]
    approx_local_messages: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>)]
    approx_cloud_messages: Option<Box<RawValue>>,
    /// What was reached, in the words of ChatGPT.
    rate_limit_reached_type: Option<String>,
    #[schema(value_type = Option<Object>)]
    spend_control: Option<Box<RawValue>>,
    /// The answer without anything personal.
    #[schema(value_type = Option<Object>)]
    raw: Option<Box<RawValue>>,
    error: Option<String>,
    fetched_at: String,
    next_eligible_at: String,
    created_at: String,
}

/// The newest good snapshot, else the newest attempt; `own`: this request's attempt, whatever it brought.
pub async fn answer(app: &App, known: &Known, own: bool) -> AppResult<ChatGptUsageAnswer> {
    let shown = if own { known.newest.as_ref() } else { known.good.as_ref().or(known.newest.as_ref()) };
    let mut conn = app.db.acquire().await?;
    let policy = Policy::of(&fleet::get(&mut conn).await?);
    let snapshot = match shown {
        Some(snapshot) => Some(SnapshotRow::of(snapshot, sql::raw(&mut conn, snapshot.id).await?.as_deref(), app.clock.now())),
        None => None,
    };
    let verdict = quota::judge(app, known, policy, false);
    let reasons = verdict.reasons.iter().map(|reason| text::reason(reason, app.clock.now())).collect();
    Ok(ChatGptUsageAnswer {
        snapshot,
        cached: !own,
        next_eligible_at: known.next_eligible_at().map(atom),
        last_attempt: known.newest.as_ref().map(Attempt::from),
        windows: verdict.windows.clone(),
        verdict,
        reasons,
    })
}

const fn status(snapshot: &Snapshot) -> &'static str {
    if snapshot.is_good { "ok" } else { "error" }
}

impl From<&Snapshot> for Attempt {
    fn from(snapshot: &Snapshot) -> Self {
        Self { status: status(snapshot), error: snapshot.error.clone(), fetched_at: atom(snapshot.fetched_at) }
    }
}

impl SnapshotRow {
    fn of(snapshot: &Snapshot, raw: Option<&str>, now: DateTime<Utc>) -> Self {
        let json = |text: Option<&str>| text.and_then(|text| RawValue::from_string(text.to_owned()).ok());
        let (five_hours, week) = (snapshot.plan_window(FIVE_HOURS), snapshot.plan_window(WEEK));
        let used = |window: Option<&Window>| window.and_then(|window| window.used).map(Percent::floor);
        let after = |window: Option<&Window>| Some((window?.resets_at()? - now).num_seconds().max(0));
        let reset_at = |window: Option<&Window>| window.and_then(|window| window.reset_at).map(|at| at.to_string());
        Self {
            id: snapshot.id,
            host_id: None,
            status: status(snapshot),
            plan_type: snapshot.plan_type.clone(),
            rate_allowed: snapshot.allowed,
            rate_limit_reached: snapshot.limit_reached,
            primary_used_percent: used(five_hours),
            primary_limit_seconds: five_hours.and_then(|window| window.limit_seconds),
            primary_reset_after_seconds: after(five_hours),
            primary_reset_at: reset_at(five_hours),
            secondary_used_percent: used(week),
            secondary_limit_seconds: week.and_then(|window| window.limit_seconds),
            secondary_reset_after_seconds: after(week),
            secondary_reset_at: reset_at(week),
            has_credits: snapshot.has_credits,
            unlimited: snapshot.unlimited,
            credit_balance: snapshot.credit_balance.clone(),
            approx_local_messages: json(snapshot.approx_local_messages.as_deref()),
            approx_cloud_messages: json(snapshot.approx_cloud_messages.as_deref()),
            rate_limit_reached_type: snapshot.reached_type.clone(),
            spend_control: json(snapshot.spend_control.as_deref()),
            raw: json(raw),
            error: snapshot.error.clone(),
            fetched_at: atom(snapshot.fetched_at),
            next_eligible_at: atom(snapshot.fetched_at + COOL_DOWN),
            created_at: atom(snapshot.fetched_at),
        }
    }
}
