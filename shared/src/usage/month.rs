//! What each host used this month, as hosts are told: kept for a minute, so that a launch does not ask for it.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::{Money, sql};
use crate::hosts::Host;
use crate::{App, AppResult};

/// How old the sums may be.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);
/// More hosts than this and all are forgotten.
const MANY: usize = 20_000;

/// Sums in the contract's form.
#[derive(Clone, Debug, Default, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Totals {
    pub total: u64,
    pub input: u64,
    pub output: u64,
    pub cached: u64,
    pub reasoning: u64,
    pub cost: Money,
    pub events: u64,
}

/// Sums of hosts.
#[derive(Debug, Default)]
pub struct MonthUsage(Mutex<HashMap<u64, (DateTime<Utc>, Totals)>>);

impl MonthUsage {
    /// This host's sums have changed.
    pub fn forget(&self, host: u64) {
        self.0.lock().expect("no thread panics while it looks").remove(&host);
    }
}

/// The first day of the month of `now`.
pub fn first_day(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    today.with_day(1).unwrap_or(today)
}

/// A user's name as it is kept.
pub fn short_user(name: &str) -> &str {
    let end = name.char_indices().nth(64).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

/// What the host used this UTC month. It is read anew when it is a minute old, but not by a call that has written the host's
/// contact: that one has asked the database enough.
pub async fn of_host(app: &App, host: &Host) -> AppResult<Totals> {
    let now = app.clock.now();
    let contact_written = host.updated_at == now;
    let good = |at: DateTime<Utc>| first_day(at) == first_day(now) && (contact_written || now - at < BELIEVED);
    if let Some((at, totals)) = app.month_usage.0.lock().expect("no thread panics while it looks").get(&host.id)
        && good(*at)
    {
        return Ok(totals.clone());
    }
    let mut conn = app.db.acquire().await?;
    let totals = sql::host_since(&mut conn, host.id, first_day(now)).await?;
    let mut all = app.month_usage.0.lock().expect("no thread panics while it looks");
    if all.len() >= MANY {
        all.clear();
    }
    all.insert(host.id, (now, totals.clone()));
    Ok(totals)
}
