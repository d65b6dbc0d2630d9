//! Whether quota lets a host launch. One pure function; hosts, operators and alerts all get its answer.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use serde::Serialize;

use super::label::{WEEK, is_about, label};
use super::{Percent, Policy, Snapshot, Window};
use crate::hosts::view::{atom_or_null, atom_text};

/// Everything that decides.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What operators chose.
    pub policy: Policy,
    /// The newest good snapshot.
    pub good: Option<&'a Snapshot>,
    /// The first good one of the UTC day.
    pub baseline: Option<&'a Snapshot>,
    /// The host is never stopped.
    pub vip: bool,
    /// An older snapshot says nothing about now.
    pub stale_after: TimeDelta,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What becomes of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = QuotaVerdict)]
pub enum Verdict {
    /// Nothing to say.
    Allow,
    /// It runs, and the person is told.
    Warn,
    /// It does not run.
    Stop,
}

/// How good the ground of a judgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = QuotaGround)]
pub enum Ground {
    /// There is a snapshot of late.
    Fresh,
    /// The newest good snapshot is too old: nobody is stopped for it.
    Stale,
    /// There never was one.
    Missing,
}

/// The answer.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaJudgement)]
pub struct Judgement {
    /// What becomes of a launch.
    pub verdict: Verdict,
    /// Whether what is over its limit stops.
    pub hard_fail: bool,
    /// What a window may reach.
    pub limit_percent: u16,
    /// What it rests on.
    pub ground: Ground,
    /// Why, worst first.
    pub reasons: Vec<Reason>,
    /// Each window now.
    pub windows: Vec<Standing>,
    /// The day's part of the week; null when the week is not divided.
    pub daily: Option<Daily>,
    /// Whether ChatGPT says that a limit of the plan is reached, as far as that still holds.
    pub limit_reached: Option<bool>,
}

/// What a reason is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuotaSubject)]
pub enum Subject {
    /// A window.
    Window,
    /// The day's part of the week.
    Daily,
    /// ChatGPT itself says so.
    LimitReached,
}

/// One reason to warn or stop.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaReason)]
pub struct Reason {
    /// What it is about.
    pub subject: Subject,
    /// What people call it.
    pub label: String,
    /// Over its limit, not only near it.
    pub is_over: bool,
    /// This one may stop a host; what counts only some use does not.
    pub may_stop: bool,
    /// How much was used.
    #[schema(value_type = Option<f64>)]
    pub used_percent: Option<Percent>,
    /// Of how much.
    pub limit_percent: Option<u16>,
    /// When it is over.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub resets_at: Option<DateTime<Utc>>,
}

/// A window now.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaWindow)]
pub struct Standing {
    /// null: the plan's own limit; otherwise one that counts only some use.
    pub limit_name: Option<String>,
    /// What people call it, by its length.
    pub label: String,
    /// Its length.
    pub limit_seconds: Option<u64>,
    /// How much of it was used; null: not known.
    #[schema(value_type = Option<f64>)]
    pub used_percent: Option<Percent>,
    /// When it starts anew.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub resets_at: Option<DateTime<Utc>>,
    /// The same, from now.
    pub reset_after_seconds: Option<i64>,
    /// It has started anew since the snapshot: nothing is used yet.
    pub was_reset: bool,
    /// What it comes to by its end at this pace; at most 999. null: too early to tell.
    pub projected_percent: Option<u64>,
}

/// The day's part of the week.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaDay)]
pub struct Daily {
    /// Percent of the week a day may use.
    pub allowance_percent: u16,
    /// Percent of the week used since 00:00 UTC.
    #[schema(value_type = f64)]
    pub used_percent: Percent,
    /// Of which snapshot that is counted.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub baseline_at: DateTime<Utc>,
    /// When the next day begins.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub resets_at: DateTime<Utc>,
}

/// Warnings begin so many percent before a limit.
const NEAR: u16 = 10;
/// The highest projection that is told.
const MOST: u64 = 999;

/// A day's part of the week's limit, in percent of the week; `None`: it is not divided.
pub fn allowance(policy: Policy) -> Option<u16> {
    let days = policy.week_partition;
    (days > 0).then(|| ((policy.limit_percent + days / 2) / days).max(1))
}

/// Judges. What is missing, stale or started anew never stops anybody, and a VIP is never stopped.
pub fn judge(case: Case<'_>) -> Judgement {
    let hard_fail = case.policy.hard_fail && !case.vip;
    let ground = match case.good {
        None => Ground::Missing,
        Some(good) if case.now - good.fetched_at > case.stale_after => Ground::Stale,
        Some(_) => Ground::Fresh,
    };
    let limit_percent = case.policy.limit_percent;
    let Some(good) = case.good.filter(|_| ground == Ground::Fresh) else {
        let verdict = Verdict::Allow;
        return Judgement { verdict, hard_fail, limit_percent, ground, reasons: vec![], windows: vec![], daily: None, limit_reached: None };
    };
    let windows: Vec<_> = good.windows.iter().map(|window| standing(window, good.fetched_at, case.now)).collect();
    let daily = daily(case, good, &windows);
    let limit_reached = still_reached(good, &windows);
    let mut reasons: Vec<_> = windows.iter().filter_map(|window| of_window(window, limit_percent)).collect();
    reasons.extend(daily.as_ref().and_then(of_day));
    reasons.extend((limit_reached == Some(true)).then(|| of_chatgpt(&windows)));
    reasons.sort_by_key(|reason| (!reason.is_over, !reason.may_stop));
    let verdict = reasons.iter().map(|reason| weight(reason, hard_fail)).max().unwrap_or(Verdict::Allow);
    Judgement { verdict, hard_fail, limit_percent, ground, reasons, windows, daily, limit_reached }
}

const fn weight(reason: &Reason, hard_fail: bool) -> Verdict {
    if reason.is_over && reason.may_stop && hard_fail { Verdict::Stop } else { Verdict::Warn }
}

fn standing(window: &Window, fetched_at: DateTime<Utc>, now: DateTime<Utc>) -> Standing {
    let resets_at = window.resets_at();
    let was_reset = resets_at.is_some_and(|at| at <= now);
    Standing {
        limit_name: window.limit_name.clone(),
        label: label(window.limit_seconds),
        limit_seconds: window.limit_seconds,
        used_percent: if was_reset { Some(Percent::default()) } else { window.used },
        resets_at: resets_at.filter(|_| !was_reset),
        reset_after_seconds: resets_at.map(|at| (at - now).num_seconds().max(0)),
        was_reset,
        projected_percent: projection(window, fetched_at).filter(|_| !was_reset),
    }
}

/// The pace up to the snapshot, kept to the window's end. In its first fiftieth a window says nothing about its end.
fn projection(window: &Window, fetched_at: DateTime<Utc>) -> Option<u64> {
    let (length, used) = window.limit_seconds.zip(window.used)?;
    let left = u64::try_from((window.resets_at()? - fetched_at).num_seconds()).ok()?;
    let elapsed = length.checked_sub(left).filter(|elapsed| *elapsed >= (length / 50).max(1))?;
    Some(used.scaled(length, elapsed).min(MOST))
}

/// ChatGPT's own word holds until one of the plan's windows starts anew; if another one is full, that one speaks for itself.
fn still_reached(good: &Snapshot, windows: &[Standing]) -> Option<bool> {
    let said = match (good.limit_reached, good.allowed) {
        (None, None) => return None,
        (reached, allowed) => reached == Some(true) || allowed == Some(false),
    };
    Some(said && !windows.iter().any(|window| window.limit_name.is_none() && window.was_reset))
}

fn of_window(window: &Standing, limit: u16) -> Option<Reason> {
    let used = window.used_percent?;
    let is_over = used >= Percent::whole(limit);
    let is_near = used >= Percent::whole(limit.saturating_sub(NEAR));
    (is_over || is_near).then(|| Reason {
        subject: Subject::Window,
        label: window.name(),
        is_over,
        may_stop: window.limit_name.is_none(),
        used_percent: Some(used),
        limit_percent: Some(limit),
        resets_at: window.resets_at,
    })
}

fn of_day(daily: &Daily) -> Option<Reason> {
    let share = daily.used_percent.share_of(Percent::whole(daily.allowance_percent));
    let is_over = daily.used_percent >= Percent::whole(daily.allowance_percent);
    (share >= 100 - u32::from(NEAR)).then(|| Reason {
        subject: Subject::Daily,
        label: "today".to_owned(),
        is_over,
        may_stop: true,
        used_percent: Some(daily.used_percent),
        limit_percent: Some(daily.allowance_percent),
        resets_at: Some(daily.resets_at),
    })
}

fn of_chatgpt(windows: &[Standing]) -> Reason {
    let full = |window: &&Standing| window.limit_name.is_none() && window.used_percent >= Some(Percent::whole(100));
    Reason {
        subject: Subject::LimitReached,
        label: "plan".to_owned(),
        is_over: true,
        may_stop: true,
        used_percent: None,
        limit_percent: None,
        resets_at: windows.iter().filter(full).filter_map(|window| window.resets_at).max(),
    }
}

/// What was used today: the week now, less the week when the day began, unless it started anew in between.
fn daily(case: Case<'_>, good: &Snapshot, windows: &[Standing]) -> Option<Daily> {
    let allowance_percent = allowance(case.policy)?;
    let baseline = case.baseline?;
    let before = baseline.windows.iter().find(|window| is_week(window.limit_name.as_ref(), window.limit_seconds))?;
    let now = windows.iter().find(|window| is_week(window.limit_name.as_ref(), window.limit_seconds))?;
    let began_since = before.resets_at().is_some_and(|at| at <= good.fetched_at);
    let start = if began_since { Percent::default() } else { before.used? };
    Some(Daily {
        allowance_percent,
        used_percent: now.used_percent?.minus(start),
        baseline_at: baseline.fetched_at,
        resets_at: (case.now.date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc(),
    })
}

fn is_week(limit_name: Option<&String>, seconds: Option<u64>) -> bool {
    limit_name.is_none() && seconds.is_some_and(|seconds| is_about(seconds, WEEK))
}

impl Standing {
    /// `week`, or `code review: week`.
    pub fn name(&self) -> String {
        self.limit_name.as_ref().map_or_else(|| self.label.clone(), |name| format!("{name}: {}", self.label))
    }
}

impl Judgement {
    /// The plan's own window of this length.
    pub fn plan_window(&self, length: u64) -> Option<&Standing> {
        self.windows.iter().find(|w| w.limit_name.is_none() && w.limit_seconds.is_some_and(|seconds| is_about(seconds, length)))
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
