//! The lines between two `---` at the head of a document.

use std::collections::HashMap;

/// Keys in lower case and their values, trimmed; the last one wins. `None`: there is none.
pub fn parse(text: &str) -> Option<HashMap<String, &str>> {
    let mut lines = lines(text);
    if lines.next()?.trim() != "---" {
        return None;
    }
    let mut found = HashMap::new();
    for line in lines {
        if line.trim() == "---" {
            return Some(found);
        }
        if let Some((key, value)) = line.split_once(':') {
            found.insert(key.trim().to_lowercase(), value.trim());
        }
    }
    None
}

/// The text after the front matter; all of it when there is none.
pub fn body(text: &str) -> &str {
    if parse(text).is_none() {
        return text;
    }
    let mut rest = text;
    for fence in 0..2 {
        loop {
            let (line, after) = rest.split_at(rest.find('\n').map_or(rest.len(), |at| at + 1));
            rest = after;
            if fence == 0 || line.trim() == "---" {
                break;
            }
        }
    }
    rest
}

/// The contract's `description` and `argument-hint`; blank is nothing.
pub fn of_command(text: &str) -> (Option<String>, Option<String>) {
    let found = parse(text).unwrap_or_default();
    let value = |key: &str| found.get(key).map(|value| (*value).to_owned()).filter(|value| !value.is_empty());
    (value("description"), value("argument-hint"))
}

/// Lines however they end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_read_as_the_contract_says() {
        for (text, expected) in [
            ("---\ndescription: a: b\nArgument-Hint:  [x] \n---\nbody", (Some("a: b"), Some("[x]"))),
            ("---\r\ndescription: \"quoted\"\r\n---\r\n", (Some("\"quoted\""), None)),
            (" --- \ndescription: first\ndescription: last\n --- ", (Some("last"), None)),
            ("---\rdescription: old\r---\r", (Some("old"), None)),
            ("---\ndescription: never closed", (None, None)),
            ("\n---\ndescription: late\n---\n", (None, None)),
            ("---\ndescription:\nother: x\n---\n", (None, None)),
            ("plain", (None, None)),
            ("", (None, None)),
        ] {
            let (description, hint) = of_command(text);
            assert_eq!((description.as_deref(), hint.as_deref()), expected, "{text:?}");
        }
    }

    #[test]
    fn the_body_is_what_follows() {
        for (text, expected) in [
            ("---\na: b\n---\nbody\n---\n", "body\n---\n"),
            ("---\r\na: b\r\n---\r\nbody", "body"),
            ("---\n---\n", ""),
            ("---\na: b", "---\na: b"),
            ("body", "body"),
        ] {
            assert_eq!(body(text), expected, "{text:?}");
        }
    }
}
