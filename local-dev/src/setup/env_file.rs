//! A `.env` file: changed line by line, so that comments, unknown keys and their order survive.

/// Why a value cannot be in the file.
pub const UNWRITABLE: &str =
    "control characters, backslashes, and a ' together with \", $ or ` cannot be written so that every reader of .env takes them alike";

/// The lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    lines: Vec<String>,
}

impl EnvFile {
    /// Takes a file apart.
    pub fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// What a name has; the last line wins, a blank value counts as absent.
    pub fn get(&self, name: &str) -> Option<String> {
        self.position(name).and_then(|at| pair(&self.lines[at])).map(|(_, value)| value).filter(|value| !value.trim().is_empty())
    }

    /// Whether a name is there, even with a blank value.
    pub fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Every name and value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, String)> {
        self.lines.iter().filter_map(|line| pair(line))
    }

    /// Gives a name a value. A name that is new comes last, below a comment; a line that says the same already stays as it is.
    pub fn set(&mut self, name: &str, value: &str, comment: &str) -> Result<(), &'static str> {
        let line = format!("{name}={}", quoted(value).ok_or(UNWRITABLE)?);
        match self.position(name) {
            Some(at) if pair(&self.lines[at]).is_some_and(|(_, before)| before == value) => {}
            Some(at) => self.lines[at] = line,
            None => self.lines.extend([format!("# {comment}"), line]),
        }
        Ok(())
    }

    /// Takes a name out, and the comment that `set` put above it.
    pub fn remove(&mut self, name: &str, comment: &str) {
        while let Some(at) = self.position(name) {
            self.lines.remove(at);
            if at > 0 && self.lines[at - 1] == format!("# {comment}") {
                self.lines.remove(at - 1);
            }
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.lines.iter().rposition(|line| pair(line).is_some_and(|(found, _)| found == name))
    }
}

/// The name and the value of a line.
fn pair(line: &str) -> Option<(&str, String)> {
    let line = line.trim_start();
    let (name, raw) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let (name, raw) = (name.trim(), raw.trim());
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| (name, unquoted(raw)))
}

fn unquoted(raw: &str) -> String {
    if let Some(rest) = raw.strip_prefix('\'') {
        return rest.split('\'').next().unwrap_or_default().to_owned();
    }
    match raw.strip_prefix('"') {
        Some(rest) => between_double_quotes(rest),
        None if raw.starts_with('#') => String::new(),
        None => raw.split(" #").next().unwrap_or_default().trim_end().to_owned(),
    }
}

/// Up to the quote that ends it; a backslash takes the next character as it is.
fn between_double_quotes(rest: &str) -> String {
    let (mut value, mut chars) = (String::new(), rest.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    value
}

/// A value as `sh`, docker compose (each version of its parser) and `local-dev/up` read it alike; `None` when there is no such form.
pub fn quoted(value: &str) -> Option<String> {
    let has = |set: &str| value.contains(|c| set.contains(c));
    if value.chars().any(char::is_control) || has("\\") {
        return None;
    }
    if value.chars().all(|c| c.is_ascii_alphanumeric() || "_./:@,+=%-[]".contains(c)) {
        return Some(value.to_owned());
    }
    if !has("'") {
        return Some(format!("'{value}'"));
    }
    (!has("\"$`")).then(|| format!("\"{value}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let before = "# mine\nexport OTHER=\"a \\\"b\\\"\"\n\nKEEP_DAYS=3 # short\nstray line\n";
        let mut file = EnvFile::parse(before);

        file.set("KEEP_DAYS", "3", "days").unwrap();
        assert_eq!(file.text(), before, "the same value is no change");
        file.set("KEEP_DAYS", "4", "days").unwrap();
        file.set("NEW", "x y", "what it is for").unwrap();

        assert_eq!(file.text(), "# mine\nexport OTHER=\"a \\\"b\\\"\"\n\nKEEP_DAYS=4\nstray line\n# what it is for\nNEW='x y'\n");
        assert_eq!(file.get("OTHER").as_deref(), Some("a \"b\""));
        file.remove("NEW", "what it is for");
        assert_eq!(file.text(), before.replace("3 # short", "4"));
    }

    #[test]
    fn the_last_of_two_lines_wins_and_a_blank_one_is_none() {
        let file = EnvFile::parse("A=1\nA='2'\nB=\nC=''\n#D=4\n");
        assert_eq!(file.get("A").as_deref(), Some("2"));
        for name in ["B", "C", "D", "E"] {
            assert_eq!(file.get(name), None, "{name}");
        }
    }

    #[test]
    fn a_value_comes_back_as_it_went_in_or_is_refused() {
        for value in [
            "plain",
            "two words",
            "$(touch x)",
            "`touch x`",
            "a#b",
            " # c",
            "${HOME}",
            "say \"hi\"",
            "it's",
            "~",
            "a:~/b",
            "ü",
            "a;b&c|d",
            "!x",
            "*",
        ] {
            let mut file = EnvFile::default();
            file.set("NAME", value, "c").unwrap();
            assert_eq!(file.get("NAME").as_deref(), Some(value), "{}", file.text());
            assert_eq!(file.text().lines().count(), 2);
        }
        for value in ["two\nlines", "a\rb", "a\\b", "it's \"$x\"", "it's `x`", "nul\0"] {
            assert_eq!(EnvFile::default().set("NAME", value, "c"), Err(UNWRITABLE), "{value:?}");
        }
    }
}
