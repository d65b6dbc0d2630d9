//! The tar that answers a launch: whatever goes in comes out, and values stay one shell word.

use std::io::Read as _;

use shared::launch::bundle::{Bundle, is_safe_path};

/// A line of input: what it is, a name, and the rest.
fn parts(line: &[u8]) -> (u8, String, &[u8]) {
    let (kind, rest) = line.split_first().map_or((0, line), |(kind, rest)| (*kind, rest));
    let end = rest.iter().position(|b| *b == b'=').unwrap_or(rest.len());
    (kind, String::from_utf8_lossy(&rest[..end]).into_owned(), rest.get(end + 1..).unwrap_or_default())
}

pub fn check(data: &[u8]) {
    let (mut bundle, mut values, mut expected) = (Bundle::default(), Vec::new(), Vec::new());
    for line in data.split(|b| *b == 0) {
        let (kind, name, content) = parts(line);
        match kind {
            b'v' => {
                let value = String::from_utf8_lossy(content).into_owned();
                bundle.var("notice", &value);
                values.push(value);
            }
            b'd' => drop(bundle.delete(&[(name, "0".repeat(64))])),
            b'f' | b'p' if is_safe_path(&name) => {
                let add = if kind == b'f' { Bundle::home_file } else { Bundle::place };
                add(&mut bundle, &name, 0o600, content);
                expected.push((format!("home/{name}"), content.to_vec()));
            }
            _ => {}
        }
    }
    let entries = read(&bundle.into_tar());
    let files: Vec<_> = entries.iter().filter(|(path, _)| path.starts_with("home/")).cloned().collect();
    assert_eq!(files, expected);
    let text = |wanted: &str| entries.iter().find(|(path, _)| path == wanted).map_or("", |(_, text)| str::from_utf8(text).unwrap());
    let shown: Vec<_> = text("vars").lines().map(|line| unquoted(line.strip_prefix("cdx_notice=").unwrap())).collect();
    let values: Vec<String> = values.iter().map(|value| value.replace(char::is_control, " ")).collect();
    assert_eq!(shown, values);
    for line in text("delete").lines() {
        assert!(is_safe_path(line.split_once("  ").unwrap().1));
    }
}

fn read(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), content)
    });
    entries.collect()
}

/// What a POSIX shell makes of a word in single quotes with `\'` between them; anything else is not what we write.
fn unquoted(word: &str) -> String {
    let (mut out, mut rest) = (String::new(), word);
    loop {
        let (inside, after) = rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).expect("a quoted word");
        out.push_str(inside);
        match after.strip_prefix("\\'") {
            Some(more) => (out.push('\''), rest = more).0,
            None => return if after.is_empty() { out } else { panic!("more than one word: {word}") },
        }
    }
}
