//! What is there, what comes, what does not, and why.

use std::collections::BTreeMap;
use std::fmt::Write;

/// More of one kind than this are not all told.
const SHOWN: usize = 50;

/// One kind of thing.
#[derive(Debug, Default)]
pub struct Kind {
    /// In the old database.
    pub there: u64,
    /// Comes, or came now.
    pub new: u64,
    /// Is here already.
    pub here: u64,
    /// Is not kept: how many, by what and why.
    lost: BTreeMap<(String, String), u64>,
}

impl Kind {
    /// So many are there.
    pub fn of(there: u64) -> Self {
        Self { there, ..Self::default() }
    }

    /// Something is not kept.
    pub fn lose(&mut self, what: impl AsRef<str>, why: impl AsRef<str>) {
        *self.lost.entry((plain(what.as_ref()), plain(why.as_ref()))).or_default() += 1;
    }

    fn lost(&self) -> u64 {
        self.lost.values().sum()
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Report {
    kinds: Vec<(&'static str, Kind)>,
    notes: Vec<String>,
    behind: Vec<(u64, &'static str)>,
}

impl Report {
    /// Adds what was found of one kind.
    pub fn add(&mut self, name: &'static str, kind: Kind) {
        self.kinds.push((name, kind));
    }

    /// Something an operator should know, and that is no loss.
    pub fn note(&mut self, text: impl AsRef<str>) {
        self.notes.push(plain(text.as_ref()));
    }

    /// Something that has no place here.
    pub fn leave(&mut self, count: u64, what: &'static str) {
        if count > 0 {
            self.behind.push((count, what));
        }
    }

    /// How many things are not kept that should have been.
    pub fn lost(&self) -> u64 {
        self.kinds.iter().map(|(_, kind)| kind.lost()).sum()
    }

    /// As people read it.
    pub fn text(&self, applied: bool) -> String {
        let came = if applied { "brought" } else { "to bring" };
        let mut out = format!("{:<18} {:>9} {:>9} {:>13} {:>9}\n", "", "there", came, "here already", "not kept");
        for (name, Kind { there, new, here, lost }) in &self.kinds {
            let lost: u64 = lost.values().sum();
            writeln!(out, "{name:<18} {there:>9} {new:>9} {here:>13} {lost:>9}").expect("writing to memory does not fail");
        }
        self.losses(&mut out);
        let more = self.notes.len().saturating_sub(SHOWN);
        let more = (more > 0).then(|| format!("and {more} more"));
        list(&mut out, "To know", self.notes.iter().take(SHOWN).cloned().chain(more));
        list(&mut out, "Left behind, because it has no place here", self.behind.iter().map(|(count, what)| format!("{count} {what}")));
        out
    }

    fn losses(&self, out: &mut String) {
        for (name, kind) in self.kinds.iter().filter(|(_, kind)| !kind.lost.is_empty()) {
            let told = kind.lost.iter().take(SHOWN).map(|((what, why), times)| match times {
                1 => format!("{what}: {why}"),
                _ => format!("{what}: {why} ({times} times)"),
            });
            let more = kind.lost.len().saturating_sub(SHOWN);
            let more = (more > 0).then(|| format!("and {more} more"));
            list(out, &format!("Not kept: {name}"), told.chain(more));
        }
    }
}

fn list(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<_> = lines.map(|line| format!("  {line}\n")).collect();
    if !lines.is_empty() {
        out.extend(["\n", title, ":\n", &lines.concat()]);
    }
}

/// Text of the old database on a terminal: one line, without anything a terminal obeys.
fn plain(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') { '·' } else { c }
    };
    let mut line: String = text.chars().take(300).map(shown).collect();
    if text.chars().nth(300).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_each_loss_once_and_shows_nothing_a_terminal_obeys() {
        let mut report = Report::default();
        let mut hosts = Kind { there: 3, new: 1, ..Kind::default() };
        hosts.lose("evil\u{1b}]0;x\u{7}\nname\u{202e}", "not a name");
        report.add("hosts", hosts);
        let mut usage = Kind::default();
        (0..3).for_each(|_| usage.lose("rows", "they say nothing"));
        report.add("usage rows", usage);
        report.note("the kill switch is on");
        report.leave(7, "log entries");
        report.leave(0, "nothing");

        let text = report.text(false);

        assert_eq!(report.lost(), 4);
        assert!(text.contains("evil·]0;x··name·: not a name\n") && text.contains("rows: they say nothing (3 times)\n"), "{text}");
        assert!(text.contains("7 log entries") && !text.contains("nothing\n"), "{text}");
        assert!(text.lines().next().unwrap().contains("to bring") && report.text(true).contains("brought"));
        assert!(text.lines().any(|line| line.split_whitespace().eq(["hosts", "3", "1", "0", "1"])), "{text}");
    }

    #[test]
    fn a_long_list_is_cut() {
        let mut kind = Kind::default();
        (0..60).for_each(|n| kind.lose(format!("{n:02}"), "no"));
        let mut report = Report::default();
        report.add("memories", kind);
        assert!(report.text(true).contains("  49: no\n  and 10 more\n"));
    }
}
