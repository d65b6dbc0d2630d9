//! What SKILL.md must say so that every Codex loads it: the Agent Skills standard, as strictly as the strictest build.

use super::front_matter;
use crate::{AppError, AppResult};

/// Longest name and description, in characters: Codex 0.80 refuses more.
const NAME: usize = 64;
/// See [`NAME`].
const DESCRIPTION: usize = 1024;

/// Checks a SKILL.md and gives its name and description.
pub fn check(manifest: &str) -> AppResult<(String, String)> {
    let wrong = |why: String| AppError::invalid("manifest", why);
    let found = front_matter::parse(manifest).filter(|_| manifest.starts_with("---"));
    let found =
        found.ok_or_else(|| wrong("manifest must begin with front matter: a line ---, name and description, a line ---".to_owned()))?;
    let value = |key: &str, max: usize| {
        let raw = found.get(key).copied().unwrap_or_default();
        let text = scalar(manifest, key, raw).map_err(|why| wrong(format!("manifest: {key} {why}")))?;
        match text.chars().count() {
            0 => Err(wrong(format!("manifest: {key} is required in the front matter"))),
            length if length > max => Err(wrong(format!("manifest: {key} must be {max} characters or fewer"))),
            _ => Ok(text),
        }
    };
    Ok((value("name", NAME)?, value("description", DESCRIPTION)?))
}

/// The text of a YAML scalar: plain, quoted, or a block.
fn scalar(manifest: &str, key: &str, raw: &str) -> Result<String, &'static str> {
    let quoted = |quote: char| raw.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).ok_or("has a quote that does not end"));
    if let Some(text) = quoted('"') {
        return Ok(text?.replace("\\\"", "\"").replace("\\\\", "\\"));
    }
    if let Some(text) = quoted('\'') {
        return Ok(text?.replace("''", "'"));
    }
    if raw.starts_with(['|', '>']) {
        return Ok(block(manifest, key));
    }
    // YAML takes it for a mapping: Codex 0.80 refuses the skill.
    if raw.contains(": ") || raw.ends_with(':') {
        return Err("must be quoted, since it has a colon");
    }
    if raw.starts_with(['[', '{', '&', '*', '!', '%', '@', '`']) {
        return Err("must be quoted");
    }
    Ok(raw.to_owned())
}

/// The indented lines after `key: |`.
fn block(manifest: &str, key: &str) -> String {
    let mut lines = manifest.lines().skip_while(|line| line.split_once(':').is_none_or(|(name, _)| !name.trim().eq_ignore_ascii_case(key)));
    lines.next();
    let lines = lines.take_while(|line| line.starts_with([' ', '\t']) || line.trim().is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// A YAML string in double quotes, on one line, of at most `max` characters.
pub fn quote(text: &str, max: usize) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain: String = plain.chars().filter(|c| !c.is_control()).take(max).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A description in YAML quotes.
pub fn quote_description(text: &str) -> String {
    quote(text, DESCRIPTION)
}

/// A name in YAML quotes.
pub fn quote_name(text: &str) -> String {
    quote(text, NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skill_that_some_codex_would_refuse_is_refused() {
        let (name, long) = ("n".repeat(64), "d".repeat(1024));
        for good in [
            "---\nname: x\ndescription: does x\n---\nbody",
            "---\nname: Upper Name\ndescription: \"a: b \\\"c\\\"\"\nlicense: MIT\n---\n",
            "---\r\nname: x\r\ndescription: |\r\n  two\r\n  lines\r\n---\r\n",
            &format!("---\nname: {name}\ndescription: {long}\n---\n"),
        ] {
            check(good).unwrap_or_else(|error| panic!("{good}: {error:?}"));
        }
        for bad in [
            "",
            "body",
            "\n---\nname: x\ndescription: y\n---\n",
            "\u{feff}---\nname: x\ndescription: y\n---\n",
            "---\nname: x\ndescription: y\n",
            "---\nname: x\n---\n",
            "---\ndescription: y\n---\n",
            "---\nname: x\ndescription: a: b\n---\n",
            "---\nname: x\ndescription: \"open\n---\n",
            "---\nname: \"\"\ndescription: y\n---\n",
            &format!("---\nname: {name}n\ndescription: y\n---\n"),
            &format!("---\nname: x\ndescription: {long}d\n---\n"),
        ] {
            let AppError::Invalid(errors) = check(bad).unwrap_err() else { panic!("{bad}") };
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["manifest"], "{bad}");
        }
    }

    #[test]
    fn what_is_quoted_reads_back() {
        let manifest = format!("---\nname: {}\ndescription: {}\n---\n", quote_name("x"), quote_description("a: \"b\"\n\\c"));
        assert_eq!(check(&manifest).unwrap(), ("x".to_owned(), "a: \"b\" \\c".to_owned()));
    }
}
