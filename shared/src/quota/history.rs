//! How the quota went, for a chart.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::label::{FIVE_HOURS, WEEK, is_about, label};
use super::{Percent, Snapshot, Window, sql};
use crate::hosts::view::atom_text;
use crate::{App, AppResult};

/// A chart has about so many points.
const POINTS: i64 = 1000;

/// One point; a failed attempt is one without numbers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaPoint)]
pub struct Point {
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    fetched_at: DateTime<Utc>,
    /// Of the five hours.
    primary_used_percent: Option<u32>,
    /// Of the week.
    secondary_used_percent: Option<u32>,
    primary_limit_seconds: Option<u64>,
    secondary_limit_seconds: Option<u64>,
    /// All windows.
    windows: Vec<WindowPoint>,
}

/// A window at that time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QuotaWindowPoint)]
pub struct WindowPoint {
    /// null: the plan's own limit.
    limit_name: Option<String>,
    label: String,
    limit_seconds: Option<u64>,
    #[schema(value_type = Option<f64>)]
    used_percent: Option<Percent>,
}

impl From<Snapshot> for Point {
    fn from(snapshot: Snapshot) -> Self {
        let (five_hours, week) = (snapshot.plan_window(FIVE_HOURS), snapshot.plan_window(WEEK));
        Self {
            fetched_at: snapshot.fetched_at,
            primary_used_percent: five_hours.and_then(|window| window.used).map(Percent::floor),
            secondary_used_percent: week.and_then(|window| window.used).map(Percent::floor),
            primary_limit_seconds: five_hours.and_then(|window| window.limit_seconds),
            secondary_limit_seconds: week.and_then(|window| window.limit_seconds),
            windows: snapshot.windows.into_iter().map(WindowPoint::from).collect(),
        }
    }
}

impl From<Window> for WindowPoint {
    fn from(window: Window) -> Self {
        let Window { limit_name, limit_seconds, used, .. } = window;
        Self { limit_name, label: label(limit_seconds), limit_seconds, used_percent: used }
    }
}

impl Snapshot {
    /// The plan's own window of this length.
    pub fn plan_window(&self, length: u64) -> Option<&Window> {
        self.windows.iter().find(|w| w.limit_name.is_none() && w.limit_seconds.is_some_and(|seconds| is_about(seconds, length)))
    }
}

/// The points of the last `days`, oldest first, and since when.
pub async fn points(app: &App, days: u16) -> AppResult<(DateTime<Utc>, Vec<Point>)> {
    let length = TimeDelta::days(days.into());
    let since = app.clock.now() - length;
    let step = (length.num_seconds() + POINTS - 1) / POINTS;
    let snapshots = sql::sampled(&mut *app.db.acquire().await?, since, step.max(1)).await?;
    Ok((since, snapshots.into_iter().map(Point::from).collect()))
}
