//! What Codex used on a host, as `cdx` picks it out of session files.

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc, Weekday};
use serde_json::json;

use super::dice::Dice;
use super::hosts::Plan;

/// Models in the order in which they came; the last has no price.
const MODELS: [&str; 5] = ["gpt-5.1-codex", "gpt-5.1-codex-mini", "gpt-5.2-codex", "gpt-5.1-codex-max", "gpt-5.3-codex-preview"];

/// How busy a host is on a day, in percent of a usual working day.
fn busy(plan: &Plan, day: Weekday, days_ago: u32) -> u64 {
    let weekend = matches!(day, Weekday::Sat | Weekday::Sun);
    let by_machines = plan.tags.iter().any(|tag| ["ci", "ml", "bot"].contains(tag)) && !plan.tags.contains(&"laptop");
    let of_day = match (weekend, by_machines) {
        (false, _) => 100,
        (true, true) => 45,
        (true, false) => 8,
    };
    // The fleet uses more from month to month.
    of_day * u64::from(130 - days_ago * 2 / 3) / 100
}

fn model(dice: &mut Dice, days_ago: u32) -> &'static str {
    match dice.between(0, 99) {
        0..15 => MODELS[1],
        15..27 => MODELS[3],
        27..33 if days_ago < 9 => MODELS[4],
        27..85 if days_ago < 48 => MODELS[2],
        _ => MODELS[0],
    }
}

/// One answer as a session file has it.
fn answer(dice: &mut Dice, at: DateTime<Utc>) -> String {
    let input = dice.between(12_000, 220_000);
    let cached = input * dice.between(55, 93) / 100;
    let output = dice.between(600, 11_000);
    let usage = json!({ "input_tokens": input, "cached_input_tokens": cached, "output_tokens": output, "reasoning_output_tokens": output * dice.between(10, 60) / 100 });
    let payload = json!({ "response_id": format!("resp_{:016x}", dice.roll()), "usage": usage });
    json!({ "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true), "type": "token_usage_record", "payload": payload }).to_string()
}

/// The lines of one day of a host up to `end`, and who worked; empty when nobody did.
pub fn day(plan: &Plan, dice: &mut Dice, end: DateTime<Utc>, days_ago: u32) -> String {
    let midnight = end.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let count = plan.answers * busy(plan, end.weekday(), days_ago) * dice.between(55, 145) / 30_000;
    let until = (end - midnight).num_seconds().max(60).unsigned_abs();
    // A working day ends when the host tells of it; a day that has just begun has little to tell.
    let count = count * until.min(61_200) / 61_200;
    let mut moments: Vec<_> = (0..count).map(|_| dice.between(until * 2 / 5, until - 1)).collect();
    moments.sort_unstable();
    let mut text = String::new();
    for (n, second) in moments.into_iter().enumerate() {
        if n % 6 == 0 {
            text.extend(["session ", &dice.uuid(), "\nmodel ", model(dice, days_ago), "\n"]);
        }
        let at = midnight + TimeDelta::seconds(second.cast_signed()) + TimeDelta::milliseconds(dice.between(0, 999).cast_signed());
        text.push_str(&answer(dice, at));
        text.push('\n');
    }
    text
}
