//! What was measured: printed as it comes, and a page of it at the end.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use e2e::machine;

use crate::Done;

/// A page that grows.
#[derive(Default)]
pub struct Report {
    page: String,
    widths: Vec<usize>,
}

impl Report {
    /// Begins a part.
    pub fn section(&mut self, title: &str, text: &str) {
        println!("\n{title}\n{text}\n");
        write!(self.page, "\n## {title}\n\n{text}\n").expect("a string takes all");
    }

    /// Begins a table.
    pub fn columns<T: AsRef<str>>(&mut self, names: &[T]) {
        self.widths = names.iter().map(|name| name.as_ref().chars().count().max(8)).collect();
        // The first column names something.
        if let Some(first) = self.widths.first_mut() {
            *first = (*first).max(34);
        }
        self.page.push('\n');
        self.row(names);
        writeln!(self.page, "|---|{}", "---:|".repeat(names.len() - 1)).expect("a string takes all");
    }

    /// One line of it.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells: Vec<_> = cells.iter().map(AsRef::as_ref).collect();
        let padded = cells.iter().zip(&self.widths).enumerate();
        let line: Vec<_> =
            padded.map(|(at, (cell, width))| if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }).collect();
        println!("{}", line.join("  "));
        writeln!(self.page, "| {} |", cells.join(" | ")).expect("a string takes all");
    }

    /// A sentence.
    pub fn text(&mut self, text: &str) {
        println!("\n{text}");
        write!(self.page, "\n{text}\n").expect("a string takes all");
    }

    /// Writes the page.
    pub fn write(&self, path: &Path, command: &str) -> Done<()> {
        let page = format!(
            "# Measured\n\nMade by `{command}`, not by hand. {}\nCompare figures of one run with each other; another run is another day.\n{}",
            machine::described(),
            self.page
        );
        fs::write(path, page)?;
        Ok(())
    }
}
