//! Roll-outs: a version goes to some hosts first, and back by itself when it fails there.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::MySqlConnection;

use super::judge::{Verdict, is_enough, judge};
use super::sql::{self, New, Record, Seen, Tally};
use super::{InUse, Who, in_ring, normalise, rank};
use crate::audit::{Actor, Change};
use crate::fleet::{self, Fleet};
use crate::{App, AppError, AppResult};

/// How many roll-outs operators see.
const SHOWN: u32 = 20;
/// What ran in so many days before a roll-out is what its version is compared with.
const BEFORE: TimeDelta = TimeDelta::days(7);

/// Who gets a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// So many hosts of a hundred, 1 to 100.
    Percent(u8),
    /// The hosts with this tag.
    Tag(String),
}

impl Reach {
    fn columns(&self) -> (Option<u8>, Option<&str>) {
        match self {
            Self::Percent(percent) => (Some(*percent), None),
            Self::Tag(tag) => (None, Some(tag)),
        }
    }
}

/// Starts a roll-out, or changes whom the running one reaches when it is of this version. Another one is replaced.
pub async fn start(app: &App, by: &Actor, version: &str, reach: &Reach) -> AppResult<()> {
    let now = app.clock.now();
    let (percent, tag) = reach.columns();
    let mut change = Change::begin(app, by).await?;
    sql::lock(&mut change).await?;
    let fleet = fleet::get(&mut change).await?;
    let before = facts(&fleet);
    let target = format!("codex {version}");
    if fleet.rollout_id > 0 && fleet.rollout_version.as_deref() == Some(version) {
        sql::reach(&mut change, fleet.rollout_id, percent, tag).await?;
        let after = facts(&fleet::get(&mut change).await?);
        change.record("admin.rollout.change", target, before, after);
        return change.commit().await;
    }
    may_start(&fleet, version)?;
    if fleet.rollout_id > 0 {
        sql::end(&mut change, now, fleet.rollout_id, "replaced", &by.name, &format!("replaced by {version}")).await?;
    }
    sql::start(&mut change, now, &by.name, New { version, base: base(&fleet), percent, tag }).await?;
    let after = facts(&fleet::get(&mut change).await?);
    change.record("admin.rollout.start", target, before, after);
    change.commit().await
}

/// A roll-out needs a way back: hosts go down only for a pin.
fn may_start(fleet: &Fleet, version: &str) -> AppResult<()> {
    if fleet.client_version_lock.as_deref() == Some(version) {
        return Err(AppError::invalid("version", "the fleet is pinned to this version already"));
    }
    let above = fleet.client_available.as_deref().is_none_or(|newest| rank(version) >= rank(newest));
    if fleet.client_version_lock.is_none() && above {
        let message = "without a pin hosts follow the newest release by themselves and cannot be brought back: pin the fleet first";
        return Err(AppError::Conflict { code: "rollout_needs_pin", message: message.to_owned() });
    }
    Ok(())
}

/// How a roll-out ends by an operator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its hosts go back to what the others run.
    Stop,
    /// Its version becomes the fleet's pin.
    Finish,
}

/// Ends the running roll-out.
pub async fn end(app: &App, by: &Actor, how: End) -> AppResult<()> {
    let now = app.clock.now();
    let mut change = Change::begin(app, by).await?;
    sql::lock(&mut change).await?;
    let fleet = fleet::get(&mut change).await?;
    let (Some(version), true) = (fleet.rollout_version.clone(), fleet.rollout_id > 0) else {
        return Err(AppError::Conflict { code: "no_rollout", message: "no roll-out is running".to_owned() });
    };
    let (state, action) = match how {
        End::Stop => ("stopped", "admin.rollout.stop"),
        End::Finish => ("finished", "admin.rollout.finish"),
    };
    sql::end(&mut change, now, fleet.rollout_id, state, &by.name, &format!("{state} by {}", by.name)).await?;
    if how == End::Finish {
        fleet::set_version_lock(&mut change, now, Some(&version)).await?;
    }
    let after = facts(&fleet::get(&mut change).await?);
    change.record(action, format!("codex {version}"), facts(&fleet), after);
    change.commit().await
}

/// An operator pins the fleet, in the same transaction. A pin to the version that is being rolled out finishes the roll-out; without a pin
/// its hosts could not be brought back.
pub async fn pinned(change: &mut Change, now: DateTime<Utc>, pin: Option<&str>) -> AppResult<()> {
    sql::lock(change).await?;
    let fleet = fleet::get(change).await?;
    let by = change.actor().name.clone();
    match pin {
        _ if fleet.rollout_id == 0 => Ok(()),
        None => {
            let message = "a roll-out is running: stop or finish it before the fleet follows the newest release";
            Err(AppError::Conflict { code: "rollout_running", message: message.to_owned() })
        }
        Some(pin) if fleet.rollout_version.as_deref() == Some(pin) => {
            sql::end(change, now, fleet.rollout_id, "finished", &by, &format!("pinned by {by}")).await.map_err(Into::into)
        }
        Some(_) => Ok(()),
    }
}

/// What everybody who is not in the ring runs.
fn base(fleet: &Fleet) -> Option<&str> {
    fleet.client_version_lock.as_deref().or(fleet.client_available.as_deref())
}

/// What the audit says.
fn facts(fleet: &Fleet) -> Value {
    json!({
        "rollout": fleet.rollout_version, "percent": fleet.rollout_percent, "tag": fleet.rollout_tag,
        "locked_version": fleet.client_version_lock,
    })
}

/// Looks at the running roll-out, and stops it when its version fails too often. Gives how many it stopped.
pub async fn tend(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let Some(Verdict::Stop(why)) = verdict(&mut conn, &fleet).await? else { return Ok(0) };
    drop(conn);
    stop(app, fleet.rollout_id, &why).await
}

async fn stop(app: &App, id: u64, why: &str) -> AppResult<u64> {
    let mut change = Change::begin(app, &Actor::system("rollout")).await?;
    sql::lock(&mut change).await?;
    let fleet = fleet::get(&mut change).await?;
    if fleet.rollout_id != id {
        return Ok(0);
    }
    let version = fleet.rollout_version.clone().unwrap_or_default();
    sql::end(&mut change, app.clock.now(), id, "stopped", "rollout", why).await?;
    let after = json!({ "rollout": null, "reason": why, "locked_version": fleet.client_version_lock });
    change.record("rollout.stop", format!("codex {version}"), facts(&fleet), after);
    change.commit().await?;
    tracing::error!(codex.version = version, why, "the roll-out of codex {version} was stopped: {why}");
    Ok(1)
}

/// What the numbers say of the running roll-out; `None`: there is none.
async fn verdict(conn: &mut MySqlConnection, fleet: &Fleet) -> sqlx::Result<Option<Verdict>> {
    let (Some(version), Some(at)) = (fleet.rollout_version.as_deref(), fleet.rollout_at) else { return Ok(None) };
    let mut new = sql::under_rollout(conn, fleet.rollout_id, version).await?;
    new.extend(probes(conn, at, version).await?);
    let old = match base(fleet) {
        Some(base) => old(conn, fleet.rollout_id, at, base).await?,
        None => Vec::new(),
    };
    Ok(Some(judge(&new, &old)))
}

/// What the version of the others does at the same time: when OpenAI is down both fail. Only where that is too little, also before.
async fn old(conn: &mut MySqlConnection, rollout: u64, at: DateTime<Utc>, base: &str) -> sqlx::Result<Vec<Tally>> {
    let mut now = sql::under_rollout(conn, rollout, base).await?;
    now.extend(probes(conn, at, base).await?);
    if is_enough(&now) {
        return Ok(now);
    }
    let mut before = sql::since(conn, (at - BEFORE).date_naive(), base).await?;
    before.extend(probes(conn, at - BEFORE, base).await?);
    Ok(before)
}

/// The runner counts as one more host; what it could not find out is a failed launch.
async fn probes(conn: &mut MySqlConnection, since: DateTime<Utc>, version: &str) -> sqlx::Result<Option<Tally>> {
    let of_version = |(text, ..): &(String, i64, i64)| normalise(text).as_deref() == Some(version);
    let small = |count: i64| u32::try_from(count).unwrap_or(0);
    let rows = sql::probes(conn, since).await?;
    let sum = rows.iter().filter(|row| of_version(row)).fold((0, 0), |sum, (_, all, failed)| (sum.0 + small(*all), sum.1 + small(*failed)));
    Ok((sum.0 > 0).then_some(Tally { host_id: 0, launches: sum.0, failures: sum.1 }))
}

/// Everything operators see.
#[derive(Debug)]
pub struct Status {
    /// The last roll-outs, newest first; the running one is among them.
    pub records: Vec<Record>,
    /// What the numbers say of the running one.
    pub verdict: Option<Verdict>,
    /// How versions do while it is running, or in the last days.
    pub seen: Vec<Seen>,
    /// Which versions hosts have now.
    pub in_use: Vec<InUse>,
    /// How many hosts are in the ring …
    pub in_ring: usize,
    /// … of so many.
    pub hosts: usize,
}

/// Reads it.
pub async fn status(app: &App) -> AppResult<Status> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let running = Some(fleet.rollout_id).filter(|id| *id > 0);
    let everybody = sql::everybody(&mut conn).await?;
    let ring = |(id, tags, pin): &&(u64, String, Option<String>)| pin.is_none() && in_ring(&fleet, Who { id: *id, tags, pin: None });
    Ok(Status {
        records: sql::records(&mut conn, SHOWN).await?,
        verdict: verdict(&mut conn, &fleet).await?,
        seen: sql::seen(&mut conn, running, (app.clock.now() - BEFORE).date_naive()).await?,
        in_use: sql::in_use(&mut conn).await?,
        in_ring: everybody.iter().filter(ring).count(),
        hosts: everybody.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{host, identity};

    #[test]
    fn a_roll_out_needs_a_way_back() {
        let may = |pin: Option<&str>, newest: Option<&str>, version| {
            let fleet = identity(host(), "active").fleet;
            let fleet = Fleet { client_version_lock: pin.map(Into::into), client_available: newest.map(Into::into), ..fleet };
            may_start(&fleet, version).is_ok()
        };
        assert!(may(Some("0.169.0"), Some("0.170.0"), "0.170.0"));
        assert!(may(Some("0.169.0"), None, "0.80.0"), "down");
        assert!(!may(Some("0.169.0"), Some("0.170.0"), "0.169.0"), "it is the pin");
        assert!(may(None, Some("0.170.0"), "0.169.0"), "the others are above it: its hosts follow them up");
        assert!(!may(None, Some("0.170.0"), "0.170.0"), "everybody gets it anyway");
        assert!(!may(None, Some("0.170.0"), "0.171.0"));
        assert!(!may(None, None, "0.170.0"));
    }
}
