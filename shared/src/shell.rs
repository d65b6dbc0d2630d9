//! Values that reach a shell, always as data.

/// `text` as one single-quoted shell word. Control characters become spaces: a value is one line.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Replaces each placeholder of `template` by its quoted value. A placeholder that is not there is a mistake of ours.
pub fn bake(template: &str, values: &[(&str, &str)]) -> String {
    let mut script = template.to_owned();
    for (placeholder, value) in values {
        assert!(script.contains(placeholder), "the template has no {placeholder}");
        script = script.replacen(placeholder, &quote(value), 1);
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metacharacters_stay_data_in_a_real_shell() {
        for nasty in ["$(id)", "`id`", "a'b", "';id;'", "\\", "a\"b", "*", "~", "-n", "é"] {
            let script = bake("printf %s __V__", &[("__V__", nasty)]);
            let shown = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(shown.stdout).unwrap(), nasty);
        }
    }

    #[test]
    fn a_value_is_one_line() {
        assert_eq!(quote("a\nb\u{1b}c"), "'a b c'");
    }
}
