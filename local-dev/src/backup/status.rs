//! How the last run went, in a file beside the copies: what a container's health check reads.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::copies::Copies;
use super::error::{At, BackupError};

const NAME: &str = "last-run.json";
/// A copy may be late by so much: it takes a while, and a process starts.
const LATE: TimeDelta = TimeDelta::hours(1);

/// The file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// When the last run ended, well or not.
    ended_at: Option<DateTime<Utc>>,
    /// Why it failed.
    error: Option<String>,
    /// The last good copy …
    copy: Option<String>,
    /// … when it was whole …
    succeeded_at: Option<DateTime<Utc>>,
    /// … and how many seconds after it the next one is due.
    every: u64,
}

impl Status {
    fn read(folder: &Copies) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.path(NAME)).ok()?).ok()
    }

    /// A copy is there.
    pub fn succeeded(folder: &Copies, now: DateTime<Utc>, path: &Path, every: Duration) {
        let copy = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { ended_at: Some(now), error: None, copy, succeeded_at: Some(now), every: every.as_secs() }.write(folder);
    }

    /// None is; the last good one stays in mind.
    pub fn failed(folder: &Copies, now: DateTime<Utc>, error: &str) {
        Self { ended_at: Some(now), error: Some(error.to_owned()), ..Self::read(folder).unwrap_or_default() }.write(folder);
    }

    /// A copy that is made counts whether this can be written or not.
    fn write(&self, folder: &Copies) {
        let (new, path) = (folder.path(&format!("{NAME}.new")), folder.path(NAME));
        let text = serde_json::to_vec_pretty(self).expect("a status is plain data");
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
        let written = file.and_then(|mut file| file.write_all(&text)).and_then(|()| fs::rename(&new, &path));
        if let Err(error) = written {
            tracing::warn!(%error, "{} was not written", path.display());
        }
    }

    /// What is wrong at `now`; `None`: nothing.
    fn complaint(&self, now: DateTime<Utc>) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(format!("the last run failed: {error}"));
        }
        let at = self.succeeded_at?;
        let due = at + TimeDelta::seconds(i64::try_from(self.every).unwrap_or(i64::MAX / 2000)) + LATE;
        (due < now).then(|| format!("the last copy is of {}, and none came after it", at.to_rfc3339()))
    }
}

/// Says how copies in a folder are doing. `false`: not well.
pub fn health(path: &Path, now: DateTime<Utc>) -> Result<(bool, String), BackupError> {
    let folder = Copies::open(path)?;
    let status = fs::read(folder.path(NAME)).at(&folder.path(NAME))?;
    let status: Status = serde_json::from_slice(&status).map_err(std::io::Error::other).at(&folder.path(NAME))?;
    Ok(match status.complaint(now) {
        Some(why) => (false, why),
        None => (true, format!("the last copy is {}", status.copy.unwrap_or_default())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_and_a_long_silence_are_not_healthy() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let good = Status { succeeded_at: Some(at), every: 86_400, ..Status::default() };
        assert_eq!(good.complaint(at + TimeDelta::hours(25)), None);
        assert!(good.complaint(at + TimeDelta::hours(26)).unwrap().contains("none came after it"));
        let failed = Status { error: Some("disk full".to_owned()), ..good };
        assert!(failed.complaint(at).unwrap().contains("disk full"));
    }
}
