//! A dump that flows by: its length, its digest, its rows; and a line on a terminal that says how far it is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::manifest::Totals;
use super::rows::Rows;

/// Passes on what is written, and measures it.
#[derive(Debug)]
pub struct Measure<W: Write> {
    inner: W,
    rows: Rows,
    digest: Sha256,
    bytes: u64,
    shown: Shown,
}

impl<W: Write> Measure<W> {
    /// `what` is done with it.
    pub fn new(inner: W, what: &'static str) -> Self {
        let shown = Shown { what, last: Instant::now(), any: false, is_terminal: io::stderr().is_terminal() };
        Self { inner, rows: Rows::new(), digest: Sha256::new(), bytes: 0, shown }
    }

    /// What was measured, and where it went.
    pub fn finish(self) -> (W, Totals) {
        self.shown.end();
        let totals = Totals { tables: self.rows.tables, dump_bytes: self.bytes, dump_sha256: hex::encode(self.digest.finalize()) };
        (self.inner, totals)
    }
}

impl<W: Write> Write for Measure<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.rows.see(&bytes[..taken]);
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        self.shown.tell(self.bytes);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[derive(Debug)]
struct Shown {
    what: &'static str,
    last: Instant,
    any: bool,
    is_terminal: bool,
}

impl Shown {
    /// Once a second at most, and nothing for what is over within one.
    fn tell(&mut self, bytes: u64) {
        if self.is_terminal && self.last.elapsed() > Duration::from_secs(1) {
            (self.last, self.any) = (Instant::now(), true);
            eprint!("\r\x1b[K{}: {} MB", self.what, bytes / 1_000_000);
        }
    }

    fn end(&self) {
        if self.any {
            eprintln!();
        }
    }
}
