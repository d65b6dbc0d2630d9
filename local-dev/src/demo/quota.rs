//! How much of the ChatGPT plan is used: two windows that fill and begin anew.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::outside::{ACCOUNT, Outside};

const WEEK: i64 = 604_800;
const FIVE_HOURS: i64 = 18_000;
/// When the demo is made, its week is so old: old enough to be near its limit.
const AGE: i64 = 4 * 86_400 + 9 * 3_600;

/// From now on `ChatGPT` says what it would say at `at`, for a demo that was made at `made`.
pub fn tell(outside: &Outside, made: DateTime<Utc>, at: DateTime<Utc>) {
    outside.openai.set_wham_usage(ACCOUNT, answer(made, at));
}

fn answer(made: DateTime<Utc>, at: DateTime<Utc>) -> Value {
    let since = (at - made + TimeDelta::seconds(AGE)).num_seconds();
    let (into_week, week) = (since.rem_euclid(WEEK), since.div_euclid(WEEK));
    // Weeks differ; this one is the heaviest.
    let full = 62 + (week * 7).rem_euclid(23) + if week == 0 { 33 } else { 0 };
    let week_used = (full * into_week / WEEK * 10 / 7).clamp(1, 84);
    let into_five = (since + 3 * 3_600).rem_euclid(FIVE_HOURS);
    let busy = if (7..20).contains(&at.hour()) { 58 } else { 12 };
    let five_used = busy * into_five / FIVE_HOURS + 3;
    let window = |used: i64, length: i64, into: i64| json!({ "used_percent": used, "limit_window_seconds": length, "reset_after_seconds": length - into, "reset_at": at.timestamp() + length - into });
    json!({
        "plan_type": "pro",
        "rate_limit": { "allowed": true, "limit_reached": false,
            "primary_window": window(five_used, FIVE_HOURS, into_five), "secondary_window": window(week_used, WEEK, into_week) },
        "code_review_rate_limit": { "allowed": true, "limit_reached": false, "primary_window": window(week_used / 3, WEEK, into_week) },
        "credits": { "has_credits": true, "unlimited": false, "balance": "42.50" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_fills_and_begins_anew_and_is_near_its_limit_when_the_demo_is_made() {
        let made = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let week = |at: DateTime<Utc>| answer(made, at)["rate_limit"]["secondary_window"]["used_percent"].as_i64().unwrap();
        assert!((80..90).contains(&week(made)), "{}", week(made));
        for hours in -1400..0 {
            let (at, next) = (made + TimeDelta::hours(hours), made + TimeDelta::hours(hours + 1));
            let reset = (hours * 3600 + AGE).rem_euclid(WEEK) >= WEEK - 3600;
            assert!(week(at) <= week(next) || reset, "{hours}");
            assert!((0..=100).contains(&week(at)));
        }
    }
}
