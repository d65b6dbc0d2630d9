//! The process environment.

use std::fs;

/// One variable of the process environment; a blank one counts as absent. Where `NAME` says nothing, `NAME_FILE` may name a file that
/// holds the value, as containers get their secrets.
///
/// Ends the program when that file cannot be used: without the secret it would go on as if none had been set.
pub fn variable(name: &str) -> Option<String> {
    given(name, read).unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(1)
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What `NAME` says, or else the file that `NAME_FILE` names, without the end of its last line.
fn given(name: &str, read: impl Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
    let set = |name: &str| read(name).filter(|value| !value.trim().is_empty());
    if let Some(value) = set(name) {
        return Ok(Some(value));
    }
    let Some(path) = set(&format!("{name}_FILE")) else { return Ok(None) };
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{name}_FILE names {path}, which cannot be read: {error}. This program's user must be able to read it"))?;
    let value = text.trim_end_matches(['\r', '\n']);
    if value.trim().is_empty() {
        return Err(format!("{name}_FILE names {path}, which is empty: write the value into it"));
    }
    Ok(Some(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is given for `SECRET` when the environment says this; `{}` in it stands for the path of a file that holds `text`.
    fn secret(environment: &[(&str, &str)], text: &str) -> Result<Option<String>, String> {
        let path = std::env::temp_dir().join(format!("cac-variable-{}", crate::random::uuid()));
        fs::write(&path, text).unwrap();
        let found = given("SECRET", |name| {
            let (_, value) = environment.iter().find(|(set, _)| *set == name)?;
            Some(value.replace("{}", path.to_str().unwrap()))
        });
        fs::remove_file(path).unwrap();
        found
    }

    #[test]
    fn a_variable_may_be_given_as_a_file() {
        assert_eq!(secret(&[], "x"), Ok(None));
        assert_eq!(secret(&[("SECRET", " a b ")], "x"), Ok(Some(" a b ".to_owned())));
        for text in ["a b", "a b\n", "a b\r\n"] {
            assert_eq!(secret(&[("SECRET_FILE", "{}")], text), Ok(Some("a b".to_owned())), "{text:?}");
        }
        assert_eq!(secret(&[("SECRET_FILE", "{}")], "one\ntwo\n"), Ok(Some("one\ntwo".to_owned())));
    }

    #[test]
    fn the_variable_itself_goes_before_the_file_unless_it_is_blank() {
        assert_eq!(secret(&[("SECRET", "a"), ("SECRET_FILE", "{}")], "b"), Ok(Some("a".to_owned())));
        assert_eq!(secret(&[("SECRET", " "), ("SECRET_FILE", "{}")], "b"), Ok(Some("b".to_owned())));
        assert_eq!(secret(&[("SECRET", ""), ("SECRET_FILE", "")], "b"), Ok(None));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_not_taken_for_no_secret() {
        let lost = secret(&[("SECRET_FILE", "{}.gone")], "x").unwrap_err();
        assert!(lost.contains("SECRET_FILE names") && lost.contains("cannot be read"), "{lost}");
        let empty = secret(&[("SECRET_FILE", "{}")], " \n").unwrap_err();
        assert!(empty.contains("SECRET_FILE names") && empty.contains("empty"), "{empty}");
    }
}
