//! What the database says of the fleet at the moment of a look: five short reads, none of them over rows of usage.

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, Opts};
use serde_json::Value;
use shared::alerts::{self, sql::Open};
use shared::{App, AppResult, fleet, hosts, schedule};

/// Gauges that are made, filled and forgotten with each look.
pub(super) async fn gather(app: &App) -> prometheus::Result<Vec<MetricFamily>> {
    let known = read(app).await;
    let up = gauge("codex_auth_database_up", "Whether the database answered this look.", if known.is_ok() { 1.0 } else { 0.0 })?;
    let build = labelled("codex_auth_build_info", "The version that runs.", "version", [(env!("CARGO_PKG_VERSION"), 1.0)])?;
    let mut all = [up.collect(), build.collect(), pool(app)?.collect()].concat();
    match known {
        Ok(known) => all.extend(known.families()?),
        Err(error) => tracing::warn!(%error, "metrics without the fleet"),
    }
    Ok(all)
}

struct Known {
    hosts: hosts::order::HostCounts,
    fleet: fleet::Fleet,
    jobs: Vec<schedule::State>,
    alerts: Vec<Open>,
}

async fn read(app: &App) -> AppResult<Known> {
    let mut conn = app.db.acquire().await?;
    let hosts = hosts::order::count(&mut conn).await?;
    let fleet = fleet::get(&mut conn).await?;
    let (jobs, alerts) = (schedule::all(&mut conn).await?, alerts::sql::open(&mut conn).await?);
    Ok(Known { hosts, fleet, jobs, alerts })
}

impl Known {
    fn families(&self) -> prometheus::Result<Vec<MetricFamily>> {
        let counts = serde_json::to_value(&self.hosts).unwrap_or_default();
        let hosts = counts.as_object().into_iter().flatten().filter_map(|(state, count)| Some((state.as_str(), number(count)?)));
        let state = if self.fleet.auth_generation == 0 { "none" } else { &self.fleet.auth_state };
        let failures = self.jobs.iter().map(|job| (job.name.as_str(), f64::from(job.failures)));
        let succeeded = self.jobs.iter().filter_map(|job| Some((job.name.as_str(), seconds(job.succeeded_at?.timestamp()))));
        Ok([
            labelled("codex_auth_hosts", "Hosts, by kind; one may be of several.", "kind", hosts)?.collect(),
            labelled("codex_auth_login_state", "1 for the state the login is in.", "state", [(state, 1.0)])?.collect(),
            gauge("codex_auth_api_disabled", "Whether the kill switch is on.", f64::from(u8::from(self.fleet.api_disabled)))?.collect(),
            labelled("codex_auth_job_failures", "Runs of a job in a row, up to the last, that failed.", "job", failures)?.collect(),
            labelled("codex_auth_job_succeeded_timestamp_seconds", "When a job last went well.", "job", succeeded)?.collect(),
            alerts(&self.alerts)?.collect(),
        ]
        .concat())
    }
}

fn alerts(open: &[Open]) -> prometheus::Result<GaugeVec> {
    let gauges = labelled("codex_auth_alerts_open", "What needs a person, by kind.", "kind", [])?;
    for alert in open {
        gauges.with_label_values(&[&alert.kind]).inc();
    }
    Ok(gauges)
}

fn pool(app: &App) -> prometheus::Result<GaugeVec> {
    let (all, idle) = (app.db.size(), u32::try_from(app.db.num_idle()).unwrap_or(u32::MAX));
    let used = f64::from(all.saturating_sub(idle));
    labelled("codex_auth_database_connections", "Connections of this process.", "state", [("idle", f64::from(idle)), ("used", used)])
}

fn gauge(name: &str, help: &str, value: f64) -> prometheus::Result<Gauge> {
    let gauge = Gauge::new(name, help)?;
    gauge.set(value);
    Ok(gauge)
}

fn labelled<'a>(name: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'a str, f64)>) -> prometheus::Result<GaugeVec> {
    let gauges = GaugeVec::new(Opts::new(name, help), &[label])?;
    for (text, value) in values {
        gauges.with_label_values(&[text]).set(value);
    }
    Ok(gauges)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
fn seconds(at: i64) -> f64 {
    at as f64
}
