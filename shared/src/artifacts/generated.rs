//! A slash command as the skill that does the same, for Codex 0.117 and later, which read no prompts any more.

use super::{arguments, front_matter, skill};
use crate::launch::bundle::is_safe_path;

/// Says that a file was made from a slash command: an edit of it cannot be taken back into one.
const MARK: &str = "<!-- Generated from the fleet's slash command";

/// Without it the model could pick the command by itself.
const POLICY: &str = "policy:\n  allow_implicit_invocation: false\n";

/// Whether a text was generated here.
pub fn is_generated(text: &str) -> bool {
    text.contains(MARK) || text == POLICY
}

/// The name of a command's skill: its file name without `.md`.
pub fn slug(filename: &str) -> &str {
    let stem = filename.len().checked_sub(3).filter(|at| *at > 0 && filename[*at..].eq_ignore_ascii_case(".md"));
    stem.map_or(filename, |at| &filename[..at])
}

/// The files of the skill, by their path inside it.
pub fn files(slug: &str, filename: &str, prompt: &str, description: Option<&str>, hint: Option<&str>) -> [(&'static str, String); 2] {
    debug_assert!(is_safe_path(slug));
    let description = description.map_or_else(|| format!("The slash command {slug} of this fleet"), str::to_owned);
    let body = front_matter::body(prompt);
    let manifest = format!(
        "---\nname: {}\ndescription: {}\n---\n{MARK} {filename}. Edit that one: an edit of this file stays on this host. -->\n\n{}\n{body}",
        skill::quote_name(slug),
        skill::quote_description(&description),
        arguments::explain(slug, body, hint),
    );
    [("SKILL.md", manifest), ("agents/openai.yaml", POLICY.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_becomes_a_skill_that_codex_loads() {
        for (prompt, description) in
            [("---\ndescription: a: \"b\"\n---\nDo $1", Some("a: \"b\"")), ("Do $1", None), ("Do $1", Some("two\nlines"))]
        {
            let [(path, manifest), (_, policy)] = files("zebra", "zebra.md", prompt, description, Some("[what]"));
            let (name, said) = skill::check(&manifest).unwrap();
            assert_eq!((path, name.as_str()), ("SKILL.md", "zebra"));
            assert!(!said.is_empty() && manifest.ends_with("\nDo $1") && manifest.contains("[what]"), "{manifest}");
            assert!(is_generated(&manifest) && is_generated(&policy) && !is_generated(prompt));
        }
    }

    #[test]
    fn a_skill_is_named_as_its_command() {
        for (filename, expected) in [("x.md", "x"), ("X.MD", "X"), ("x", "x"), ("x.txt", "x.txt"), ("a.md.md", "a.md")] {
            assert_eq!(slug(filename), expected);
        }
    }
}
