//! The fenced blocks of a document.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mark::Mark;

/// What a fence may say it holds. A block without a label could hide a command.
const LABELS: [&str; 6] = ["sh", "python", "json", "toml", "text", "mermaid"];

/// One fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it begins.
    pub line: usize,
    /// What it says it holds.
    pub label: String,
    /// What it holds, without the fence's indentation.
    pub text: String,
    /// The comment above it.
    pub mark: Option<Mark>,
}

impl Block {
    /// Whether a reader would run it.
    pub fn is_command(&self) -> bool {
        matches!(&*self.label, "sh" | "python")
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every document, the first page first: it starts what the others talk to.
pub fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["docs", "infra"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut pages: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == "md")).collect();
        pages.sort();
        found.extend(pages);
    }
    found
}

/// The blocks of a document, in their order, or what is wrong with it.
pub fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let (mut found, mut open, mut above, mut blank) = (Vec::new(), None::<(Block, usize)>, "", true);
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let is_fence = trimmed.starts_with("```");
        match open.take() {
            Some((block, _)) if is_fence => found.push(block),
            Some((mut block, begins)) => {
                block.text += &line[begins.min(indent)..];
                block.text.push('\n');
                open = Some((block, begins));
            }
            None if is_fence => open = Some((begin(number, trimmed, above)?, indent)),
            None if blank && indent >= 4 && !in_list(above) => {
                return Err(format!("line {number}: this is a block of code; put it between fences, which say what they hold"));
            }
            None => {}
        }
        blank = trimmed.is_empty();
        above = if blank { above } else { trimmed };
    }
    open.map_or(Ok(found), |(block, _)| Err(format!("line {}: the fence does not end", block.line)))
}

fn begin(line: usize, fence: &str, above: &str) -> Result<Block, String> {
    let label = fence.trim_start_matches('`').trim().to_owned();
    if !LABELS.contains(&&*label) {
        return Err(format!("line {line}: a fence says what it holds, one of {LABELS:?}"));
    }
    let mark = Mark::above(above).map_err(|why| format!("line {line}: {why}"))?;
    Ok(Block { line, label, text: String::new(), mark })
}

/// A paragraph of a list is indented too.
fn in_list(above: &str) -> bool {
    above.starts_with(['-', '*']) || above.starts_with(|c: char| c.is_ascii_digit()) || above.starts_with("```")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_marks() {
        let text = "a\n\n1. x:\n   <!-- answers 412 stale -->\n   ```sh\n   one\n     two\n   ```\n\n```json\n{}\n```\n";
        let found = blocks(text).unwrap();
        assert_eq!((found[0].line, &*found[0].text), (5, "one\n  two\n"));
        assert_eq!(found[0].mark, Some(Mark::Answers("412".into(), "stale".into())));
        assert!(found[0].is_command() && !found[1].is_command());
        assert_eq!(found[1].mark, None);
    }

    #[test]
    fn what_could_hide_a_command_is_refused() {
        assert!(blocks("```\nls\n```\n").unwrap_err().contains("line 1"));
        assert!(blocks("```bash\nls\n```\n").is_err());
        assert!(blocks("x\n\n    ls\n").unwrap_err().contains("between fences"));
        assert!(blocks("```sh\nls\n").unwrap_err().contains("does not end"));
        assert!(blocks("<!-- not run: because -->\n```sh\nls\n```\n").is_err());
    }
}
