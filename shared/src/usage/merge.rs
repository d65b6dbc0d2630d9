//! One model answer, told by two sources, is one answer.

use super::{Counts, Record, Source};

/// How far apart two sources may date the same answer, in ms.
pub const APART_MS: i64 = 600_000;

/// An answer that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its row; 0: it is about to be stored.
    pub id: u64,
    /// What it used.
    pub counts: Counts,
    /// When the session file has it.
    pub file_at_ms: Option<i64>,
    /// When telemetry has it.
    pub otel_at_ms: Option<i64>,
}

/// What a new record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It was delivered before.
    Seen,
    /// It is the answer in this row, which the other source told.
    Same(u64),
    /// It was not known.
    New,
}

/// Decides for each of a session's records. `known` are the stored answers of about that time.
pub fn decide(known: &[Known], records: &[Record], source: Source) -> Vec<Meaning> {
    let mut known = known.to_vec();
    records.iter().map(|record| one(&mut known, record, source)).collect()
}

fn one(known: &mut Vec<Known>, record: &Record, source: Source) -> Meaning {
    let same = |known: &Known| known.counts == record.counts;
    if known.iter().any(|known| same(known) && slots(known, source).0 == Some(record.at_ms)) {
        return Meaning::Seen;
    }
    let apart = |known: &Known| match slots(known, source) {
        (None, Some(other)) if same(known) => Some((other - record.at_ms).abs()).filter(|apart| *apart <= APART_MS),
        _ => None,
    };
    let nearest = known.iter().enumerate().filter_map(|(i, known)| Some((apart(known)?, i))).min();
    let index = nearest.map_or_else(
        || {
            known.push(Known { id: 0, counts: record.counts, file_at_ms: None, otel_at_ms: None });
            known.len() - 1
        },
        |(_, index)| index,
    );
    let slot = &mut known[index];
    match source {
        Source::Otel => slot.otel_at_ms = Some(record.at_ms),
        Source::Session | Source::Usage => slot.file_at_ms = Some(record.at_ms),
    }
    if nearest.is_some() { Meaning::Same(known[index].id) } else { Meaning::New }
}

/// This source's moment, and the other's.
const fn slots(known: &Known, source: Source) -> (Option<i64>, Option<i64>) {
    match source {
        Source::Otel => (known.otel_at_ms, known.file_at_ms),
        Source::Session | Source::Usage => (known.file_at_ms, known.otel_at_ms),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn record(at_ms: i64, input: u64) -> Record {
        Record { session: Uuid::nil(), at_ms, model: None, counts: Counts { input, ..Counts::default() } }
    }

    fn known(id: u64, input: u64, file: Option<i64>, otel: Option<i64>) -> Known {
        Known { id, counts: Counts { input, ..Counts::default() }, file_at_ms: file, otel_at_ms: otel }
    }

    #[test]
    fn each_record_is_seen_the_same_or_new() {
        let stored = [known(1, 5, Some(1_000), None), known(2, 5, Some(9_000), None), known(3, 6, None, Some(2_000))];
        let otel = |at, input| decide(&stored, &[record(at, input)], Source::Otel)[0];
        let file = |at, input| decide(&stored, &[record(at, input)], Source::Session)[0];
        assert_eq!(file(1_000, 5), Meaning::Seen);
        assert_eq!(file(1_500, 5), Meaning::New, "the same numbers again, later: another answer");
        assert_eq!(otel(990, 5), Meaning::Same(1));
        assert_eq!(otel(8_000, 5), Meaning::Same(2), "the nearest");
        assert_eq!(otel(2_000, 6), Meaning::Seen);
        assert_eq!(file(2_001, 6), Meaning::Same(3));
        assert_eq!(file(2_000 + APART_MS + 1, 6), Meaning::New, "too far apart");
        assert_eq!(otel(1, 7), Meaning::New);
    }

    #[test]
    fn a_delivery_is_told_apart_in_itself() {
        let twice = [record(1, 5), record(1, 5), record(2, 5)];
        assert_eq!(decide(&[], &twice, Source::Otel), [Meaning::New, Meaning::Seen, Meaning::New]);
        let both = [known(1, 5, Some(10), None)];
        assert_eq!(decide(&both, &[record(11, 5), record(12, 5)], Source::Otel), [Meaning::Same(1), Meaning::New]);
    }

    #[test]
    fn both_orders_and_every_replay_give_one_row_an_answer() {
        // 12 answers with few distinct numbers, told by both sources in interleaved deliveries with replays.
        for seed in 0_u64..500 {
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut next = |below: u64| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random % below
            };
            let place = |n: u64| usize::try_from(n).unwrap();
            let answers: Vec<_> = (0..12).map(|i| (i * 1_000, next(3) + 1)).collect();
            let mut stored: Vec<Known> = Vec::new();
            for _ in 0..30 {
                let source = if next(2) == 0 { Source::Otel } else { Source::Session };
                let (a, b) = (place(next(13)), place(next(13)));
                let delay = if source == Source::Otel { 20 } else { 0 };
                deliver(&mut stored, &answers[a.min(b)..a.max(b)], delay, source);
            }
            for source in [Source::Otel, Source::Session] {
                deliver(&mut stored, &answers, if source == Source::Otel { 20 } else { 0 }, source);
            }
            assert_eq!(stored.len(), answers.len(), "seed {seed}");
        }
    }

    fn deliver(stored: &mut Vec<Known>, answers: &[(i64, u64)], delay: i64, source: Source) {
        let records: Vec<_> = answers.iter().map(|(at, input)| record(at + delay, *input)).collect();
        for (record, meaning) in records.iter().zip(decide(stored, &records, source)) {
            let slot = match meaning {
                Meaning::Seen => continue,
                Meaning::Same(id) => stored.iter_mut().find(|known| known.id == id).unwrap(),
                Meaning::New => {
                    stored.push(known(stored.len() as u64 + 1, record.counts.input, None, None));
                    stored.last_mut().unwrap()
                }
            };
            match source {
                Source::Otel => slot.otel_at_ms = Some(record.at_ms),
                _ => slot.file_at_ms = Some(record.at_ms),
            }
        }
    }
}
