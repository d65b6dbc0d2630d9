//! Counts the rows of each table in a dump that flows by.

use std::collections::BTreeMap;

const INSERT: &[u8] = b"INSERT INTO `";
/// No table's name is longer.
const LONGEST: usize = 64;

/// Where in the dump we are.
#[derive(Debug)]
enum At {
    /// In a line that may be the beginning of a statement, with what of it was seen.
    Line(Vec<u8>),
    /// In a line that is none we look at.
    Other,
    /// Between the table's name and its values.
    Names,
    /// In a list of values: how deep in parentheses, and whether in a text.
    Values { depth: u32, text: Text },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    No,
    Yes,
    /// Behind a backslash.
    Escaped,
}

/// The count.
#[derive(Debug)]
pub struct Rows {
    at: At,
    table: String,
    word: usize,
    /// By table; one without rows is not in it.
    pub tables: BTreeMap<String, u64>,
}

impl Rows {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { at: At::Line(Vec::new()), table: String::new(), word: 0, tables: BTreeMap::new() }
    }

    /// The next bytes of the dump, cut anywhere. A text has no line break in it: the dump writes `\n`.
    pub fn see(&mut self, bytes: &[u8]) {
        let mut rows = 0;
        for byte in bytes {
            rows += u64::from(self.step(*byte));
            if rows > 0 && !matches!(self.at, At::Values { .. }) {
                self.count(std::mem::take(&mut rows));
            }
        }
        self.count(rows);
    }

    fn count(&mut self, rows: u64) {
        if rows > 0 {
            *self.tables.entry(self.table.clone()).or_default() += rows;
        }
    }

    /// `true`: a row begins here.
    fn step(&mut self, byte: u8) -> bool {
        match &mut self.at {
            At::Line(seen) if byte == b'`' && seen.len() > INSERT.len() && seen.starts_with(INSERT) => {
                self.table = String::from_utf8_lossy(&seen[INSERT.len()..]).into_owned();
                (self.at, self.word) = (At::Names, 0);
            }
            At::Line(_) | At::Other if byte == b'\n' => self.at = At::Line(Vec::new()),
            At::Line(seen) => {
                seen.push(byte);
                let known = seen.len().min(INSERT.len());
                if seen[..known] != INSERT[..known] || seen.len() > INSERT.len() + LONGEST * 4 {
                    self.at = At::Other;
                }
            }
            At::Other => {}
            At::Names => {
                let next = b"VALUES"[self.word] == byte;
                self.word = if next { self.word + 1 } else { usize::from(byte == b'V') };
                if self.word == b"VALUES".len() {
                    self.at = At::Values { depth: 0, text: Text::No };
                }
            }
            At::Values { depth, text } => {
                let at = (*depth, *text);
                return self.value(byte, at);
            }
        }
        false
    }

    fn value(&mut self, byte: u8, (depth, text): (u32, Text)) -> bool {
        let (next_depth, next_text) = match (text, byte) {
            (Text::Yes, b'\\') => (depth, Text::Escaped),
            (Text::Yes, b'\'') => (depth, Text::No),
            (Text::Escaped, _) | (Text::No, b'\'') => (depth, Text::Yes),
            (Text::No, b'(') => (depth + 1, Text::No),
            (Text::No, b')') => (depth.saturating_sub(1), Text::No),
            _ => (depth, text),
        };
        let ended = byte == b';' && text == Text::No && depth == 0;
        self.at = if ended { At::Other } else { At::Values { depth: next_depth, text: next_text } };
        depth == 0 && next_depth == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "-- INSERT INTO `no` VALUES (1);\n\
        CREATE TABLE `a` (\n  `x` text COMMENT 'INSERT INTO `no` VALUES (1)'\n);\n\
        INSERT INTO `a` VALUES\n(1,'it\\'s (2),(3)'),\n(2,0x28),\n(3,'\\\\');\n\
        INSERT INTO `b` (`x`, `V`) VALUES (1,f(2)),(NULL,'a;\\n(');\nINSERT INTO `a` VALUES (4,'INSERT INTO `b` VALUES (1)');\n";

    #[test]
    fn rows_are_counted_wherever_the_stream_is_cut() {
        for cut in 1..DUMP.len() {
            let mut rows = Rows::new();
            DUMP.as_bytes().chunks(cut).for_each(|chunk| rows.see(chunk));
            assert_eq!(rows.tables, BTreeMap::from([("a".to_owned(), 4), ("b".to_owned(), 2)]), "{cut}");
        }
    }
}
