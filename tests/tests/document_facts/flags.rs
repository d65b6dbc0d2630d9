//! Options that the documents name, against what the programs say of themselves.

use std::collections::BTreeMap;
use std::process::Command;

use e2e::process::program;

use crate::pages::{pages, read, spans};

/// The options in a command, without their values.
fn options(command: &str) -> Vec<&str> {
    let words = command.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
    words.map(|word| word.split(['=', '…']).next().unwrap_or_default()).collect()
}

/// The command of `local-dev` that a span is about, and a word behind it: `local-dev/up …`, `local-dev audit verify`, with or without a
/// folder before it.
fn subcommand(span: &str) -> Option<(&str, Option<&str>)> {
    let mut words = span.split_whitespace().skip_while(|word| word.contains('='));
    match words.next()? {
        "local-dev/up" => Some(("up", None)),
        "local-dev" | "target/debug/local-dev" => Some((words.next()?, words.next())),
        _ => None,
    }
}

/// What a command of `local-dev` says of itself; `None`: there is no such command.
fn help(name: &str, next: Option<&str>) -> Option<String> {
    let say = |words: &[&str]| {
        let output = Command::new(program("local-dev")).args(words).arg("--help").output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let own = say(&[name])?;
    // Where it has commands of its own a plain word behind it is one of them.
    let plain = |word: &&str| !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    match next.filter(plain).filter(|_| own.contains("\nCommands:\n")) {
        Some(next) => say(&[name, next]),
        None => Some(own),
    }
}

#[test]
fn every_option_that_is_named_is_there() {
    let script = read("functions/install/cdx/cdx");
    let usage: Vec<_> = script.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let usage = usage.join("\n");
    let (mut known, mut named, mut wrong) = (BTreeMap::new(), 0, Vec::new());
    for page in pages() {
        for (span, _) in spans(&page.prose) {
            let text = match (span.starts_with("cdx "), subcommand(&span)) {
                (true, _) => Some(&usage),
                (_, Some((name, next))) => known.entry(format!("{name} {next:?}")).or_insert_with(|| help(name, next)).as_ref(),
                _ => continue,
            };
            named += 1;
            let Some(text) = text else {
                wrong.push(format!("{}: there is no `{span}`", page.name));
                continue;
            };
            let lost = options(&span).into_iter().filter(|option| !text.contains(option));
            wrong.extend(lost.map(|option| format!("{}: `{span}`: there is no {option}", page.name)));
        }
    }
    assert!(named > 30, "only {named} were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn options_are_read_off_a_command() {
    assert_eq!(options("local-dev/up --tls-cert … --client-ca=ca.pem -x"), ["--tls-cert", "--client-ca"]);
    assert_eq!(subcommand("local-dev audit verify"), Some(("audit", Some("verify"))));
    assert_eq!(subcommand("A=b local-dev/up --demo"), Some(("up", None)));
    assert_eq!(subcommand("local-dev/test -E x"), None);
    assert!(help("audit", Some("verify")).is_some() && help("audit", Some("verified")).is_none());
    assert!(help("audit", Some("…")).is_some());
    assert_eq!(help("no-such", None), None);
}
