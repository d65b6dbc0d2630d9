//! Codex' telemetry: which of its log records are model answers. Everything else in them, people's names among it, is
//! never looked at.

use chrono::DateTime;
use serde::Deserialize;
use uuid::Uuid;

use super::{Counts, Record, entry};

/// Most log records of one delivery.
pub const MOST_RECORDS: usize = 20_000;

/// An `ExportLogsServiceRequest` in OTLP's JSON form, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logs {
    #[serde(default)]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    #[serde(default)]
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    #[serde(default)]
    log_records: Vec<LogRecord>,
}

#[derive(Debug, Deserialize)]
struct LogRecord {
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: AnyValue,
}

/// Numbers are texts in Codex' records; the form has others too.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue {
    #[serde(default)]
    string_value: Option<String>,
    #[serde(default)]
    int_value: Option<serde_json::Value>,
}

impl LogRecord {
    fn text(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.key == key)?.value.string_value.as_deref()
    }

    fn number(&self, key: &str) -> Option<u64> {
        let value = &self.attributes.iter().find(|attribute| attribute.key == key)?.value;
        match (&value.string_value, &value.int_value) {
            (Some(text), _) | (None, Some(serde_json::Value::String(text))) => text.parse().ok(),
            (None, Some(number)) => number.as_u64(),
            (None, None) => None,
        }
    }

    fn answer(&self) -> Option<Record> {
        if self.text("event.name") != Some("codex.sse_event") || self.text("event.kind") != Some("response.completed") {
            return None;
        }
        let counts = Counts {
            // The event comes twice; the one that times it has no numbers.
            input: self.number("input_token_count")?,
            cached: self.number("cached_token_count").unwrap_or(0),
            output: self.number("output_token_count")?,
            reasoning: self.number("reasoning_token_count").unwrap_or(0),
        };
        let model = self.text("model").filter(|name| (1..=entry::MODEL_BYTES).contains(&name.len()) && !name.chars().any(char::is_control));
        Some(Record {
            session: Uuid::parse_str(self.text("conversation.id")?).ok()?,
            at_ms: DateTime::parse_from_rfc3339(self.text("event.timestamp")?).ok()?.timestamp_millis(),
            model: model.map(str::to_owned),
            counts,
        })
    }
}

/// The model answers of a delivery, and how many records it has.
pub fn answers(logs: &Logs) -> (Vec<Record>, usize) {
    let scopes = logs.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
    let records: Vec<_> = scopes.flat_map(|scope| &scope.log_records).collect();
    let answers = records.iter().take(MOST_RECORDS).filter_map(|record| record.answer());
    (answers.filter(|answer| !answer.counts.is_zero()).collect(), records.len())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(attributes: &[(&str, Value)]) -> Value {
        json!({ "observedTimeUnixNano": "1", "body": null, "attributes": attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>() })
    }

    fn text(value: &str) -> Value {
        json!({ "stringValue": value })
    }

    #[test]
    fn only_answers_with_numbers_are_taken_and_no_name_of_a_person() {
        let base = |kind: &str| {
            vec![
                ("event.name", text("codex.sse_event")),
                ("event.kind", text(kind)),
                ("event.timestamp", text("2026-11-27T00:09:03.628Z")),
                ("conversation.id", text("01a21a55-8957-7792-a3fd-950a6ca79088")),
                ("model", text("gpt-5.5")),
                ("user.email", text("me@example.com")),
            ]
        };
        let numbers = [
            ("input_token_count", text("100")),
            ("cached_token_count", json!({ "intValue": "40" })),
            ("output_token_count", json!({ "intValue": 7 })),
            ("reasoning_token_count", text("3")),
        ];
        let whole: Vec<_> = base("response.completed").into_iter().chain(numbers).collect();
        let records = [record(&base("response.completed")), record(&base("response.created")), record(&whole), record(&[])];
        let logs = json!({ "resourceLogs": [{ "resource": {}, "scopeLogs": [{ "logRecords": records }] }] });
        let (answers, seen) = answers(&serde_json::from_value(logs).unwrap());
        assert_eq!((answers.len(), seen), (1, 4));
        assert_eq!(answers[0].counts, Counts { input: 100, cached: 40, output: 7, reasoning: 3 });
        assert_eq!((answers[0].model.as_deref(), answers[0].at_ms), (Some("gpt-5.5"), 1_795_738_143_628));
        assert!(!format!("{answers:?}").contains("me@example.com"));
    }

    #[test]
    fn an_empty_delivery_is_one() {
        assert_eq!(answers(&serde_json::from_str("{}").unwrap()).1, 0);
    }
}
