//! What the conditions are judged by: a few reads.

use chrono::{DateTime, TimeDelta, Utc};

use super::sql;
use crate::fleet::{self, Fleet};
use crate::quota::{self, Judgement, Policy};
use crate::schedule;
use crate::usage::budget;
use crate::{App, AppResult};

/// A refusal counts for so long; hosts that are refused come back within minutes. A copy may be late by so much.
const LATELY: TimeDelta = TimeDelta::hours(1);

/// Everything that is looked at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// When.
    pub now: DateTime<Utc>,
    /// Settings and state of the fleet.
    pub fleet: Fleet,
    /// Something proves logins.
    pub has_runner: bool,
    /// The verdict about a host that is not VIP.
    pub quota: Judgement,
    /// After how many days a host counts as silent; 0: never.
    pub silent_days: u16,
    /// Active hosts that nobody has seen for longer, and when they were last seen.
    pub silent_hosts: Vec<(String, DateTime<Utc>)>,
    /// Hosts that were refused for their address lately.
    pub refused_hosts: Vec<(String, DateTime<Utc>)>,
    /// Pushed texts that wait for a person.
    pub waiting_reviews: i64,
    /// Pushed logins that wait for a person.
    pub waiting_logins: i64,
    /// Jobs whose last run failed, and when.
    pub failing_jobs: Vec<(String, Option<DateTime<Utc>>)>,
    /// Copies that should have been made and were not: when one was due, and when the last went well.
    pub late_backup: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// How the budgets of the fleet and of hosts are doing.
    pub budgets: Vec<(String, budget::State)>,
}

/// Reads them; nothing is locked.
pub async fn gather(app: &App) -> AppResult<Facts> {
    let (now, silent_days) = (app.clock.now(), app.config.alert_silent_days);
    let known = quota::cache::look(app).await?;
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let has_runner = app.config.runner.is_some();
    let silent_hosts = match silent_days {
        0 => vec![],
        days => sql::silent_hosts(&mut conn, now - TimeDelta::days(days.into())).await?,
    };
    Ok(Facts {
        now,
        has_runner,
        quota: quota::judge(app, &known, Policy::of(&fleet), false),
        silent_days,
        silent_hosts,
        refused_hosts: sql::refused_hosts(&mut conn, now - LATELY).await?,
        waiting_reviews: sql::waiting_reviews(&mut conn).await?,
        waiting_logins: if has_runner { 0 } else { sql::waiting_logins(&mut conn).await? },
        failing_jobs: sql::failing_jobs(&mut conn).await?,
        late_backup: sql::late_job(&mut conn, schedule::BACKUP, now - LATELY).await?,
        budgets: budget::standing(&mut conn, &fleet, now).await?,
        fleet,
    })
}
