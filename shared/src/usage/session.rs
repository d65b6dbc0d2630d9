//! What `cdx` picked out of Codex' session files (`docs/interface-cdx.md`), read as model answers.
//!
//! From 0.153 on Codex notes every answer by itself (`token_usage_record`). Before that only running totals are there
//! (`token_count`), some of them twice; and a resumed session may begin to count anew.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Counts, Record};

/// Longest text, in bytes.
pub const LIMIT: usize = 768 * 1024;

/// How far a session is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Of the last turn that was seen.
    pub model: Option<String>,
    /// The moment of the last line, in ms since 1970.
    pub read_at_ms: Option<i64>,
    /// The running totals that were seen last.
    pub totals: Counts,
}

/// The lines of one session file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which session.
    pub session: Uuid,
    lines: Vec<Line>,
}

impl Part {
    /// The models it names.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| if let Line::Model(name) = line { Some(name.as_str()) } else { None })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// It continues another session: its totals begin with that one's.
    Forked,
    Model(String),
    /// One answer; and, where they are noted, the totals after it.
    Answer {
        at_ms: i64,
        counts: Counts,
        totals: Option<Counts>,
    },
    /// Totals after an answer, and that answer.
    Totals {
        at_ms: i64,
        totals: Counts,
        last: Option<Counts>,
    },
}

/// Reads the text; a line that cannot be read is left out (a file may end in the middle of one).
pub fn parse(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("session ") {
            parts.extend(Uuid::parse_str(id).ok().map(|session| Part { session, lines: Vec::new() }));
        } else if let Some((part, line)) = parts.last_mut().zip(read(line)) {
            part.lines.push(line);
        }
    }
    parts.retain(|part| !part.lines.is_empty());
    parts
}

fn read(line: &str) -> Option<Line> {
    if line == "forked" {
        return Some(Line::Forked);
    }
    if let Some(name) = line.strip_prefix("model ") {
        return (1..=super::entry::MODEL_BYTES).contains(&name.len()).then(|| Line::Model(name.to_owned()));
    }
    let noted: Noted = serde_json::from_str(line).ok()?;
    let at_ms = DateTime::parse_from_rfc3339(&noted.timestamp).ok()?.timestamp_millis();
    let payload = noted.payload;
    if noted.kind == "token_usage_record" {
        let totals = payload.get("thread_token_usage").and_then(counts);
        return Some(Line::Answer { at_ms, counts: counts(payload.get("usage")?)?, totals });
    }
    let info = payload.get("info")?;
    let last = info.get("last_token_usage").and_then(counts);
    Some(Line::Totals { at_ms, totals: counts(info.get("total_token_usage")?)?, last })
}

#[derive(Deserialize)]
struct Noted {
    timestamp: String,
    #[serde(rename = "type")]
    kind: String,
    payload: Value,
}

fn counts(usage: &Value) -> Option<Counts> {
    let number = |name| usage.get(name).and_then(Value::as_u64);
    Some(Counts {
        input: number("input_tokens")?,
        cached: number("cached_input_tokens").unwrap_or(0),
        output: number("output_tokens")?,
        reasoning: number("reasoning_output_tokens").unwrap_or(0),
    })
}

/// The answers of a part that were not read before, and how far the session is read then.
pub fn answers(part: &Part, mut progress: Progress) -> (Vec<Record>, Progress) {
    let mut records = Vec::new();
    // Where answers are noted by themselves the totals say nothing new; that holds for a turn.
    let (mut by_answer, mut forked) = (false, false);
    let before = progress.read_at_ms;
    for line in &part.lines {
        let (at_ms, counts) = match line {
            Line::Forked => {
                forked = before.is_none();
                continue;
            }
            Line::Model(name) => {
                progress.model = Some(name.clone());
                by_answer = false;
                continue;
            }
            Line::Answer { at_ms, counts, totals } => {
                by_answer = true;
                progress.totals = totals.unwrap_or(progress.totals);
                (*at_ms, Some(*counts))
            }
            Line::Totals { at_ms, totals, last } => {
                // What was read before must not move the totals back.
                if before.is_some_and(|before| *at_ms <= before) && !by_answer && totals.since(progress.totals).is_none() {
                    continue;
                }
                let new = added(*totals, *last, progress.totals, forked);
                progress.totals = *totals;
                (*at_ms, new.filter(|_| !by_answer))
            }
        };
        forked = false;
        progress.read_at_ms = progress.read_at_ms.max(Some(at_ms));
        if let Some(counts) = counts.filter(|counts| !counts.is_zero()) {
            records.push(Record { session: part.session, at_ms, model: progress.model.clone(), counts });
        }
    }
    (records, progress)
}

/// What totals have grown by. Smaller ones began anew; a fork's first ones hold the parent's as well.
fn added(totals: Counts, last: Option<Counts>, before: Counts, forked: bool) -> Option<Counts> {
    if forked {
        return last;
    }
    Some(totals.since(before).unwrap_or(totals))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a21a55-8957-7792-a3fd-950a6ca79088";

    fn usage(times: u64) -> String {
        format!(
            r#"{{"input_tokens":{},"cached_input_tokens":{},"output_tokens":{},"reasoning_output_tokens":{},"total_tokens":{}}}"#,
            100 * times,
            40 * times,
            7 * times,
            3 * times,
            107 * times
        )
    }

    fn total(second: u32, times: u64) -> String {
        let (all, one) = (usage(times), usage(1));
        format!(
            r#"{{"timestamp":"2026-11-27T00:00:{second:02}.000Z","type":"event_msg","payload":{{"type":"token_count","info":{{"total_token_usage":{all},"last_token_usage":{one}}}}}}}"#
        )
    }

    fn answer(second: u32, thread: u64) -> String {
        let (one, all) = (usage(1), usage(thread));
        format!(
            r#"{{"timestamp":"2026-11-27T00:00:{second:02}.000Z","ordinal":1,"type":"token_usage_record","payload":{{"response_id":"r","usage":{one},"thread_token_usage":{all}}}}}"#
        )
    }

    fn count(lines: &[String], progress: Progress) -> (Vec<(i64, Option<String>)>, Progress) {
        let text = format!("session {ID}\n{}\n", lines.join("\n"));
        let (records, progress) = answers(&parse(&text)[0], progress);
        for record in &records {
            assert_eq!(record.counts, Counts { input: 100, cached: 40, output: 7, reasoning: 3 });
        }
        (records.into_iter().map(|record| (record.at_ms / 1000 % 60, record.model)).collect(), progress)
    }

    fn seconds(lines: &[String], progress: Progress) -> Vec<i64> {
        count(lines, progress).0.into_iter().map(|(second, _)| second).collect()
    }

    #[test]
    fn totals_that_are_noted_twice_count_once() {
        let old = [total(1, 1), total(2, 1), total(2, 2), total(3, 2), total(4, 3)];
        assert_eq!(seconds(&old, Progress::default()), [1, 2, 4]);
    }

    #[test]
    fn totals_that_begin_anew_count_from_there() {
        assert_eq!(seconds(&[total(1, 1), total(2, 2), total(3, 1), total(4, 2)], Progress::default()), [1, 2, 3, 4]);
    }

    #[test]
    fn answers_that_are_noted_by_themselves_go_before_the_totals() {
        let new = ["model m".to_owned(), answer(1, 1), total(1, 1), answer(2, 2), total(3, 2)];
        assert_eq!(count(&new, Progress::default()).0, [(1, Some("m".to_owned())), (2, Some("m".to_owned()))]);
        let (_, progress) = count(&new[..2], Progress::default());
        assert_eq!(seconds(&new[2..3], progress), [] as [i64; 0], "its totals, in the next part");
    }

    #[test]
    fn an_older_codex_may_go_on_with_a_session_of_a_newer_one() {
        let mixed = ["model a".to_owned(), answer(1, 1), total(1, 1), "model b".to_owned(), total(2, 1), total(2, 2)];
        assert_eq!(seconds(&mixed, Progress::default()), [1, 2]);
    }

    #[test]
    fn a_fork_counts_without_its_parent() {
        assert_eq!(seconds(&["forked".to_owned(), total(1, 3), total(2, 4)], Progress::default()), [1, 2]);
        assert_eq!(seconds(&["forked".to_owned(), answer(1, 3), total(1, 3)], Progress::default()), [1]);
    }

    #[test]
    fn reading_goes_on_where_it_ended() {
        let all = ["model m".to_owned(), total(1, 1), total(2, 2), total(3, 3)];
        let (_, progress) = count(&all[..3], Progress::default());
        assert_eq!(count(&all[3..], progress.clone()).0, [(3, Some("m".to_owned()))]);
        assert_eq!(seconds(&all[2..], progress.clone()), [3], "the last line comes twice");
        let again = count(&all, progress.clone());
        assert_eq!(
            (again.0.len(), again.1.totals),
            (1, Counts { input: 300, cached: 120, output: 21, reasoning: 9 }),
            "a whole file read again"
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let text = format!("{}\nsession x\n{}\nsession {ID}\n{}\n{{\"timestamp\":\"2026", total(1, 1), total(1, 1), total(2, 1));
        let parts = parse(&text);
        assert_eq!((parts.len(), parts[0].lines.len()), (1, 1));
        assert!(parse("").is_empty());
    }
}
