//! What Codex notes in a session file, and what the server must have of it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::simulation::random::Random;

/// One model answer, by what tells it from every other: moment in ms (0: its source says none), input without what was cached,
/// cached, output, reasoning.
pub type Row = (i64, [u64; 4]);

const MODELS: [&str; 3] = ["gpt-5.1-codex", "gpt-5.2-codex", "gpt-5.5"];

/// One run of Codex.
#[derive(Clone, Debug)]
pub struct Session {
    id: Uuid,
    model: &'static str,
    /// Its answers.
    pub rows: Vec<Row>,
}

impl Session {
    /// A run that ended at `end`, with one to four answers.
    pub fn of(random: &mut Random, end: DateTime<Utc>) -> Self {
        let id = Uuid::from_u64_pair(number(random, u32::MAX.into()), number(random, 1 << 62));
        let count = random.between(1, 4);
        let step =
            |answer: i64| (end - TimeDelta::seconds(20 * (count - answer)) + TimeDelta::milliseconds(random_ms(answer))).timestamp_millis();
        let model = MODELS[usize::try_from(random.between(0, 2)).unwrap()];
        let rows = (1..=count).map(|answer| (step(answer), counts(random))).collect();
        Self { id, model, rows }
    }

    /// As `cdx` hands them over.
    pub fn lines(&self) -> String {
        let rows: String = self.rows.iter().flat_map(|(at, counts)| [record(*at, *counts).to_string(), "\n".to_owned()]).collect();
        format!("session {}\nmodel {}\n{rows}", self.id, self.model)
    }

    /// As a client of the reference tells it: its answers have no identity then.
    pub fn entries(&self) -> Value {
        let entry = |(_, [input, cached, output, reasoning]): &Row| json!({ "total": input + output, "input": input, "cached": cached, "output": output, "reasoning": reasoning, "model": self.model });
        json!({ "usages": self.rows.iter().map(entry).collect::<Vec<_>>() })
    }
}

/// Answers of one session never share a moment.
const fn random_ms(answer: i64) -> i64 {
    (answer * 137) % 1000
}

fn number(random: &mut Random, most: i64) -> u64 {
    random.between(0, most).unsigned_abs()
}

fn counts(random: &mut Random) -> [u64; 4] {
    let reasoning = number(random, 900);
    [number(random, 9_000) + 100, number(random, 60_000), reasoning + number(random, 1_500) + 1, reasoning]
}

fn record(at_ms: i64, [input, cached, output, reasoning]: [u64; 4]) -> Value {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap().to_rfc3339_opts(SecondsFormat::Millis, true);
    let usage = json!({ "input_tokens": input + cached, "cached_input_tokens": cached, "output_tokens": output, "reasoning_output_tokens": reasoning, "total_tokens": input + cached + output });
    json!({ "timestamp": at, "ordinal": 1, "type": "token_usage_record", "payload": { "response_id": "resp", "usage": usage } })
}
