//! A line of a terminal, made plain (`host-api.md` 5.3 of the contract).

/// Longest line that is kept, in bytes.
const MAX: usize = 1000;

/// Takes out escape sequences, control characters and what comes before the words "token usage:". `None`: nothing is left.
pub fn clean(text: &str) -> Option<String> {
    let text = without_mouse(&one_backslash(&without_escapes(text)));
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(at) = text.to_ascii_lowercase().find("token usage:") {
        text.drain(..at);
    }
    text.retain(|c| matches!(c, ' '..='~'));
    if text.len() > MAX {
        text.truncate(MAX);
        text.push('…');
    }
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Drops CSI sequences and terminated OSC sequences; other control characters become blanks.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(end) = escape(rest) {
            rest = &rest[end..];
            continue;
        }
        out.push(if c.is_ascii_control() { ' ' } else { c });
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The length of the escape sequence `text` begins with.
fn escape(text: &str) -> Option<usize> {
    if let Some(body) = text.strip_prefix("\u{1b}[") {
        let end = body.bytes().position(|b| (0x40..=0x7e).contains(&b))?;
        return body.as_bytes()[..end].iter().all(|b| (0x20..=0x3f).contains(b)).then_some(end + 3);
    }
    let body = text.strip_prefix("\u{1b}]")?;
    let bell = body.find('\u{7}').map(|at| at + 1);
    let ended = body.find("\u{1b}\\").map(|at| at + 2);
    [bell, ended].into_iter().flatten().min().map(|end| end + 2)
}

fn one_backslash(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\\' || !out.ends_with('\\') {
            out.push(c);
        }
    }
    out
}

/// What a terminal's mouse reports leave behind: `[<`, digits, at most one more word character.
fn without_mouse(text: &str) -> String {
    let mut parts = text.split("[<");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == part.len() {
            out.push_str("[<");
            out.push_str(part);
        } else {
            out.push_str(rest.strip_prefix(|c: char| c.is_ascii_alphanumeric() || c == '_').unwrap_or(rest));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_made_plain() {
        for (text, expected) in [
            ("Token usage: total=10", Some("Token usage: total=10")),
            ("\u{1b}[1mgray\u{1b}[0m  Token  usage: total=1", Some("Token usage: total=1")),
            ("\u{1b}]0;title\u{7}tokens used\t67", Some("tokens used 67")),
            ("\u{1b}]0;title\u{1b}\\x", Some("x")),
            ("a\\\\\\\\b", Some("a\\b")),
            ("[<35mx [<x", Some("x [<x")),
            ("é ü", Some(" ")),
            ("\u{0}\u{7f}", None),
            ("", None),
        ] {
            assert_eq!(clean(text).as_deref(), expected.filter(|text| !text.trim().is_empty()), "{text:?}");
        }
        let long = clean(&"x".repeat(1500)).unwrap();
        assert_eq!((long.len(), long.ends_with('…')), (1003, true));
    }
}
