//! A row of the old database: every cell is a text or nothing, and is read leniently.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Row(pub HashMap<&'static str, String>);

impl Row {
    /// The text as it is.
    pub fn raw(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// The text without blanks around it; a blank one is none.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.raw(column).map(str::trim).filter(|text| !text.is_empty())
    }

    /// A whole number from 0 on.
    pub fn number(&self, column: &str) -> Option<u64> {
        self.text(column)?.parse().ok()
    }

    /// A switch; `default` where it does not say.
    pub fn flag(&self, column: &str, default: bool) -> bool {
        self.text(column).map_or(default, is_on)
    }

    /// A moment.
    pub fn time(&self, column: &str) -> Option<DateTime<Utc>> {
        time(self.text(column)?)
    }

    /// The row's id.
    pub fn id(&self) -> u64 {
        self.number("id").unwrap_or(0)
    }
}

/// What counts as on.
pub fn is_on(text: &str) -> bool {
    ["1", "true", "yes", "on"].contains(&text.trim().to_ascii_lowercase().as_str())
}

/// A moment as the old server wrote them: RFC 3339 with `Z` or an offset, or a DATETIME, which is UTC. One outside of 2000 to 2999 is none.
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    let plain = |format: &str| NaiveDateTime::parse_from_str(text, format).ok().map(|at| at.and_utc());
    let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let at = at.or_else(|| plain("%Y-%m-%d %H:%M:%S%.f")).or_else(|| plain("%Y-%m-%dT%H:%M:%S%.f"));
    let at = at.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN).and_utc()));
    at.filter(|at| (946_684_800..32_503_680_000).contains(&at.timestamp()))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A row of these cells.
    pub fn row<const N: usize>(cells: [(&'static str, &str); N]) -> Row {
        Row(cells.into_iter().map(|(column, text)| (column, text.to_owned())).collect())
    }

    #[test]
    fn times_are_read_in_all_their_forms() {
        for (text, expected) in [
            ("2026-01-08T09:00:00Z", Some("2026-01-08T09:00:00+00:00")),
            ("2026-01-08T09:00:00+00:00", Some("2026-01-08T09:00:00+00:00")),
            ("2026-01-08T10:00:00.5+01:00", Some("2026-01-08T09:00:00.500+00:00")),
            ("2026-01-08 09:00:00", Some("2026-01-08T09:00:00+00:00")),
            ("2026-01-08 09:00:00.250000", Some("2026-01-08T09:00:00.250+00:00")),
            ("2026-01-08", Some("2026-01-08T00:00:00+00:00")),
            ("0000-00-00 00:00:00", None),
            ("1970-01-01T00:00:00Z", None),
            ("9999-12-31T00:00:00Z", None),
            ("yesterday", None),
            ("2026-02-30T00:00:00Z", None),
        ] {
            assert_eq!(time(text).map(|at| at.to_rfc3339()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn cells_are_lenient_and_absent_ones_are_nothing() {
        let row = row([("a", " x "), ("b", "  "), ("n", "12"), ("m", "-3"), ("t", "1"), ("f", "0")]);
        assert_eq!((row.text("a"), row.text("b"), row.text("c"), row.raw("a")), (Some("x"), None, None, Some(" x ")));
        assert_eq!((row.number("n"), row.number("m"), row.number("a")), (Some(12), None, None));
        assert_eq!((row.flag("t", false), row.flag("f", true), row.flag("none", true)), (true, false, true));
    }
}
