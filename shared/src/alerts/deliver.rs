//! Sending deliveries: at least once each, by one instance at a time, until it is taken or a day has passed.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::task::JoinSet;

use super::sign::{Secret, signature};
use super::sql::{self, Claimed};
use crate::{App, AppResult};

/// A receiver has so long to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Who takes an attempt has it alone for so long; if nothing is heard of it by then, it is made again.
const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// What nobody took for so long is given up.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// Minutes to wait after the first, second, … attempt; the last holds for all further ones.
const PAUSES: [i64; 4] = [1, 5, 15, 60];

/// When the next attempt is, after so many; `None`: there is none.
fn next_attempt(attempts: u16, created_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let place = usize::from(attempts.max(1) - 1).min(PAUSES.len() - 1);
    Some(now + TimeDelta::minutes(PAUSES[place])).filter(|next| *next <= created_at + LONGEST)
}

/// Sends what is due, side by side: the slowest receiver decides how long it takes. Gives how many were tried.
pub async fn due(app: &App) -> AppResult<u64> {
    let due = sql::due(&mut *app.db.acquire().await?, app.clock.now()).await?;
    let mut running = JoinSet::new();
    for id in due {
        let app = app.clone();
        running.spawn(async move { attempt(&app, id).await });
    }
    let mut tried = 0;
    while let Some(done) = running.join_next().await {
        match done {
            Ok(Ok(was_tried)) => tried += u64::from(was_tried),
            Ok(Err(error)) => tracing::warn!(%error, "a delivery could not be settled"),
            Err(error) => tracing::warn!(%error, "a delivery was broken off"),
        }
    }
    Ok(tried)
}

/// One attempt. `false`: it is not due, or another instance has it.
pub async fn attempt(app: &App, id: u64) -> AppResult<bool> {
    let now = app.clock.now();
    let Some(claimed) = sql::claim(&mut *app.db.acquire().await?, now, now + CLAIM, id).await? else { return Ok(false) };
    let outcome = send(app, &claimed).await?;
    let now = app.clock.now();
    let (state, next) = match (outcome.is_taken(), next_attempt(claimed.attempts, claimed.created_at, now)) {
        (true, _) => ("delivered", now),
        (false, Some(next)) => ("waiting", next),
        (false, None) => ("given_up", now),
    };
    let mut conn = app.db.acquire().await?;
    sql::settle(&mut conn, now, &claimed, state, next, &outcome).await?;
    Ok(true)
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) struct Outcome {
    pub status: Option<u16>,
    pub error: Option<String>,
}

impl Outcome {
    fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// No redirect is followed, and what the receiver says is not read.
async fn send(app: &App, claimed: &Claimed) -> AppResult<Outcome> {
    let url = app.config.keyring.open(&claimed.url_sealed)?;
    let secret = Secret(app.config.keyring.open(&claimed.secret_sealed)?);
    let timestamp = app.clock.now().timestamp();
    let client = crate::http::client::new().timeout(TIMEOUT).build().map_err(crate::AppError::internal)?;
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-timestamp", timestamp)
        .header("x-signature", signature(&secret, timestamp, &claimed.body))
        .body(claimed.body.clone());
    Ok(match request.send().await {
        Ok(response) => Outcome { status: Some(response.status().as_u16()), error: None },
        Err(error) => Outcome { status: None, error: Some(short(&error)) },
    })
}

/// The innermost cause, without the address: that may hold a secret.
fn short(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = if error.is_timeout() { format!("no answer within {} seconds", TIMEOUT.as_secs()) } else { cause.to_string() };
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rare_and_end_after_a_day() {
        let at = |minutes: i64| DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap();
        for (attempts, pause) in [(0, 1), (1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (30, 60)] {
            assert_eq!(next_attempt(attempts, at(0), at(100)), Some(at(100 + pause)), "after {attempts}");
        }
        assert_eq!(next_attempt(9, at(0), at(23 * 60)), Some(at(24 * 60)));
        assert_eq!(next_attempt(9, at(0), at(23 * 60 + 1)), None);
        let (mut now, mut count) = (at(0), 0);
        while let Some(next) = next_attempt(count + 1, at(0), now) {
            (now, count) = (next, count + 1);
        }
        assert_eq!(count, 3 + 23, "1, 6 and 21 minutes, then hourly");
    }
}
