//! What new tokens and certificates have in common.

use chrono::{DateTime, TimeDelta, Utc};
use shared::extract::short_text;
use shared::{AppError, AppResult};

/// Longest life of a token or certificate that has an end, in days.
pub const MAX_DAYS: u32 = 3650;

/// Checks a name.
pub fn name(text: &str) -> AppResult<String> {
    short_text("name", Some(text), 64)?.ok_or_else(|| AppError::invalid("name", "name is required"))
}

/// When something ends that is made now for so many days; `None`: never.
pub fn end(now: DateTime<Utc>, days: Option<u32>) -> AppResult<Option<DateTime<Utc>>> {
    match days {
        Some(days) if !(1..=MAX_DAYS).contains(&days) => {
            Err(AppError::invalid("expires_in_days", format!("expires_in_days must be from 1 to {MAX_DAYS}")))
        }
        days => Ok(days.map(|days| now + TimeDelta::days(days.into()))),
    }
}
