//! Reads what ChatGPT says of the quota. Every field is optional; what cannot be read is not known.

use serde_json::Value;

use super::{Percent, Window, scrub};

/// More windows than this are not kept.
const MOST_WINDOWS: usize = 16;
/// Longest JSON that is kept beside the windows, in bytes.
const LONGEST: usize = 500;

/// What an answer holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub plan_type: Option<String>,
    pub allowed: Option<bool>,
    pub limit_reached: Option<bool>,
    pub reached_type: Option<String>,
    pub has_credits: Option<bool>,
    pub unlimited: Option<bool>,
    pub credit_balance: Option<String>,
    pub approx_local_messages: Option<String>,
    pub approx_cloud_messages: Option<String>,
    pub spend_control: Option<String>,
    pub windows: Vec<Window>,
    /// The answer without anything personal; `None`: it is too long.
    pub raw: Option<String>,
}

/// Reads a body; `fetched_at` in epoch seconds. The message says why it cannot be read.
pub fn parse(body: &[u8], fetched_at: i64) -> Result<Reading, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    if !value.is_object() {
        return Err("the answer is not a JSON object".to_owned());
    }
    let (limit, credits) = (&value["rate_limit"], &value["credits"]);
    let mut windows = Vec::new();
    add(&mut windows, None, limit, fetched_at);
    for further in value["additional_rate_limits"].as_array().into_iter().flatten() {
        let name = word(&further["limit_name"]).or_else(|| word(&further["metered_feature"]));
        add(&mut windows, Some(name.as_deref().unwrap_or("additional")), &further["rate_limit"], fetched_at);
    }
    add(&mut windows, Some("code review"), &value["code_review_rate_limit"], fetched_at);
    windows.truncate(MOST_WINDOWS);
    Ok(Reading {
        plan_type: word(&value["plan_type"]),
        allowed: limit["allowed"].as_bool(),
        limit_reached: limit["limit_reached"].as_bool(),
        reached_type: word(&value["rate_limit_reached_type"]["type"]),
        has_credits: credits["has_credits"].as_bool(),
        unlimited: credits["unlimited"].as_bool(),
        credit_balance: balance(&credits["balance"]),
        approx_local_messages: kept(&credits["approx_local_messages"]),
        approx_cloud_messages: kept(&credits["approx_cloud_messages"]),
        spend_control: kept(&value["spend_control"]),
        windows,
        raw: scrub::raw(&value),
    })
}

/// A short name made of plain characters: what is longer or other may be anything, and is not kept.
fn word(value: &Value) -> Option<String> {
    value.as_str().filter(|text| scrub::is_plain(text)).map(str::to_owned)
}

fn balance(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        other => word(other),
    }
}

/// A list, object or string, without anything personal.
fn kept(value: &Value) -> Option<String> {
    let is_something = value.is_array() || value.is_object() || value.is_string();
    is_something.then(|| scrub::scrub(value).to_string()).filter(|text| text.len() <= LONGEST)
}

fn add(windows: &mut Vec<Window>, name: Option<&str>, limit: &Value, fetched_at: i64) {
    for slot in ["primary_window", "secondary_window"] {
        let window = &limit[slot];
        if window.is_object() {
            windows.push(read(name.map(str::to_owned), window, fetched_at));
        }
    }
}

fn read(limit_name: Option<String>, window: &Value, fetched_at: i64) -> Window {
    let reset_at = whole(&window["reset_at"]).filter(|at| *at > 0);
    let after = whole(&window["reset_after_seconds"]);
    Window {
        limit_name,
        limit_seconds: whole(&window["limit_window_seconds"]).and_then(|n| u64::try_from(n).ok()),
        used: Percent::of(&window["used_percent"]),
        reset_at: reset_at.or_else(|| after.map(|after| fetched_at.saturating_add(after))).filter(|at| *at < FAR),
    }
}

/// The year 9999: later than what the database and people can make sense of.
const FAR: i64 = 253_402_300_799;

/// A number from 0 up, cut off, written as number or string.
fn whole(value: &Value) -> Option<i64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "it is cut off, and within 0 and 1e15")]
    (0.0..=1e15).contains(&number).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: i64 = 1_800_000_000;

    fn window(name: Option<&str>, seconds: u64, used: Option<&str>, reset_at: Option<i64>) -> Window {
        let used = used.and_then(Percent::parse);
        Window { limit_name: name.map(str::to_owned), limit_seconds: Some(seconds), used, reset_at }
    }

    fn of(value: &Value) -> Reading {
        parse(value.to_string().as_bytes(), AT).unwrap()
    }

    #[test]
    fn all_that_codex_knows_is_read() {
        let reading = of(&json!({
            "plan_type": "pro", "email": "olivia@example.com", "user_id": "user-1", "account_id": "acct-1",
            "rate_limit": { "allowed": true, "limit_reached": false,
                "primary_window": { "used_percent": 42, "limit_window_seconds": 18000, "reset_after_seconds": 100, "reset_at": AT + 100 },
                "secondary_window": { "used_percent": 12.5, "limit_window_seconds": 604_800.0, "reset_after_seconds": 999 } },
            "additional_rate_limits": [{ "limit_name": "spark", "metered_feature": "x",
                "rate_limit": { "primary_window": { "used_percent": "7", "limit_window_seconds": 86400, "reset_at": (AT + 5).to_string() } } }],
            "code_review_rate_limit": { "primary_window": { "limit_window_seconds": 604_800 } },
            "credits": { "has_credits": true, "unlimited": false, "balance": "9.99", "approx_local_messages": [1, 2], "approx_cloud_messages": 7 },
            "spend_control": { "reached": false, "individual_limit": { "source": "olivia@example.com", "limit": "10" } },
            "rate_limit_reached_type": { "type": "rate_limit_reached" },
        }));

        assert_eq!(
            reading.windows,
            [
                window(None, 18_000, Some("42"), Some(AT + 100)),
                window(None, 604_800, Some("12.5"), Some(AT + 999)),
                window(Some("spark"), 86_400, Some("7"), Some(AT + 5)),
                window(Some("code review"), 604_800, None, None),
            ]
        );
        assert_eq!((reading.plan_type.as_deref(), reading.allowed, reading.limit_reached), (Some("pro"), Some(true), Some(false)));
        assert_eq!((reading.has_credits, reading.credit_balance.as_deref()), (Some(true), Some("9.99")));
        assert_eq!((reading.approx_local_messages.as_deref(), reading.approx_cloud_messages), (Some("[1,2]"), None));
        assert_eq!(reading.reached_type.as_deref(), Some("rate_limit_reached"));
        let spend = reading.spend_control.unwrap();
        assert!(spend.contains("\"limit\":\"10\"") && !spend.contains("olivia"), "{spend}");
        let raw = reading.raw.unwrap();
        assert!(raw.contains("\"used_percent\":42") && raw.contains("\"plan_type\":\"pro\""), "{raw}");
        for personal in ["olivia", "user-1", "acct-1"] {
            assert!(!raw.contains(personal), "{raw}");
        }
    }

    #[test]
    fn what_is_absent_or_nonsense_is_not_known() {
        for value in [json!({}), json!({ "rate_limit": null, "additional_rate_limits": "x", "credits": [] }), json!({ "plan_type": 7 })] {
            assert_eq!(Reading { raw: None, ..of(&value) }, Reading::default(), "{value}");
        }
        let odd = of(&json!({ "rate_limit": { "allowed": "yes", "primary_window": {}, "secondary_window": {
            "used_percent": -3, "limit_window_seconds": "soon", "reset_at": 1e14, "reset_after_seconds": null } } }));
        let nothing = Window { limit_name: None, limit_seconds: None, used: None, reset_at: None };
        assert_eq!((odd.windows, odd.allowed), (vec![nothing.clone(), nothing], None));
        let named = of(&json!({ "additional_rate_limits": [{ "limit_name": "a@b.c", "rate_limit": { "primary_window": {} } }] }));
        assert_eq!(named.windows[0].limit_name.as_deref(), Some("additional"), "a name that could be a person's is not kept");
        assert!(parse(b"<html>", AT).is_err() && parse(b"[]", AT).is_err());
        let many: Vec<_> = (0..40).map(|n| json!({ "limit_name": format!("l{n}"), "rate_limit": { "primary_window": {} } })).collect();
        assert_eq!(of(&json!({ "additional_rate_limits": many })).windows.len(), MOST_WINDOWS);
    }
}
