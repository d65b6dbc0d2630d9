//! The one place of the fake that reads the machine's clock.

use chrono::{DateTime, SecondsFormat, Utc};

/// The real time: Codex compares token expiry with its own clock, so the fake cannot stand still. A demo plays the past with `set_time`.
#[expect(clippy::disallowed_methods, reason = "the fake plays a foreign server and has its own clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The spelling `codex login` writes into `last_refresh`.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
