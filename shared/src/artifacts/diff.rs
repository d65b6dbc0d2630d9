//! Two texts, line by line.

use std::time::Duration;

use similar::TextDiff;

/// Longest time one comparison may take; after it the answer is right and less short.
const PATIENCE: Duration = Duration::from_millis(200);

/// The unified diff; empty when they are equal.
pub fn unified(before: &str, after: &str, names: (&str, &str)) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    diff.unified_diff().context_radius(3).header(names.0, names.1).to_string()
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn lines_are_compared() {
        assert_eq!(unified("a\nb\nc\n", "a\nB\nc\n", ("1", "2")), "--- 1\n+++ 2\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        assert_eq!(unified("a\n", "a\n", ("1", "2")), "");
        assert!(unified("", "x", ("1", "2")).contains("+x"));
    }
}
