//! The placeholders of a slash command: `$1` to `$9`, `$ARGUMENTS`, `$NAME`; `$$` is a dollar sign.

use std::collections::BTreeSet;
use std::fmt::Write;

/// What a command's text asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `$1` to `$9`.
    pub positional: BTreeSet<u8>,
    /// `$FILE` and the like, given as `FILE=value`.
    pub named: BTreeSet<String>,
    /// `$ARGUMENTS`: all of them.
    pub all: bool,
}

/// Finds the placeholders of a text.
pub fn find(text: &str) -> Arguments {
    let mut found = Arguments::default();
    let mut parts = text.split('$');
    parts.next();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // `$$`: what follows it is no placeholder.
            parts.next();
            continue;
        }
        let digit = part.bytes().next().filter(|b| (b'1'..=b'9').contains(b));
        let word: String = part.chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect();
        match digit {
            Some(digit) => drop(found.positional.insert(digit - b'0')),
            None if word == "ARGUMENTS" => found.all = true,
            None if word.starts_with(|c: char| c.is_ascii_uppercase()) => drop(found.named.insert(word)),
            None => {}
        }
    }
    found
}

/// What a model has to know to fill them in; `slug` is how the skill is invoked.
pub fn explain(slug: &str, text: &str, hint: Option<&str>) -> String {
    let found = find(text);
    let mut out = format!("The user runs this as `${slug}`; the words after it are the arguments");
    out.push_str(&hint.map_or_else(|| ".".to_owned(), |hint| format!(": `{}`.", hint.replace(['`', '\n', '\r'], " "))));
    if found == Arguments::default() {
        out.push_str(" Take them into account when there are any.\n");
        return out;
    }
    out.push_str(" Split them at spaces, text in quotes is one argument. Then read the text below with these in place:\n\n");
    for number in &found.positional {
        writeln!(out, "- `${number}`: positional argument number {number}").expect("writing to memory does not fail");
    }
    for name in &found.named {
        writeln!(out, "- `${name}`: the value of the argument `{name}=value`; ask for it when it is missing")
            .expect("writing to memory does not fail");
    }
    if found.all {
        out.push_str("- `$ARGUMENTS`: all positional arguments, joined with spaces\n");
    }
    out.push_str("\nA positional argument that is missing is empty; `$$` is one dollar sign.\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found() {
        for (text, positional, named, all) in [
            ("plain, $5.00 is five", &[5][..], &[][..], false),
            ("$1 then $2, $1 again and $10", &[1, 2], &[], false),
            ("open $FILE as $USER_2", &[], &["FILE", "USER_2"], false),
            ("all: $ARGUMENTS", &[], &[], true),
            ("$$1 $$FILE $0 $x $", &[], &[], false),
            ("$$$1", &[1], &[], false),
            ("", &[], &[], false),
        ] {
            let found = find(text);
            assert_eq!(found.positional.iter().copied().collect::<Vec<_>>(), positional, "{text}");
            assert_eq!(found.named.iter().map(String::as_str).collect::<Vec<_>>(), named, "{text}");
            assert_eq!(found.all, all, "{text}");
        }
    }

    #[test]
    fn each_placeholder_is_explained_once() {
        let text = explain("open", "$1 $FILE $1 $ARGUMENTS", Some("[what] FILE=path"));
        for line in ["`$open`", "`[what] FILE=path`", "- `$1`: ", "- `$FILE`: ", "- `$ARGUMENTS`: "] {
            assert_eq!(text.matches(line).count(), 1, "{line} in {text}");
        }
        assert!(explain("x", "no placeholder", None).ends_with("when there are any.\n"));
    }
}
