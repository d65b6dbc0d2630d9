//! Answers that a shell would run, and files that people wrote by hand: every reader takes the same value, and none runs it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use e2e::process::TempDir;

use crate::{Machine, repository};

/// Folder names that mean something to a shell; `touched` is what they would make.
const HOSTILE: &[&str] = &[
    "two words",
    "$(touch touched)",
    "`touch touched`",
    "a;touch touched;b",
    "x' ; touch touched ; '",
    "say \"hi\"",
    "it's",
    "a #b",
    "$HOME and ${HOME}",
    "a&&touch touched|cat",
    "-n",
    "*?[a]",
    "ü",
    "A=B",
    "!!",
];

/// What `local-dev/up` reads for a name.
fn up_reads(env: &Path, name: &str) -> Output {
    let script = "set -euo pipefail; . \"$1\"; unset \"$3\"; read_env \"$2\"; printf %s \"${!3}\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(repository("local-dev/env.sh")).arg(env).arg(name);
    command.current_dir(env.parent().unwrap()).output().unwrap()
}

/// What a shell gets that sources the file.
fn shell_reads(env: &Path, name: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "set -eu; . \"$1\"; eval \"printf %s \\\"\\$$2\\\"\"", "sh"]).arg(env).arg(name);
    let output = command.current_dir(env.parent().unwrap()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What docker compose takes for a name, by the rules of its documents. Where versions of it differ, it is a failure.
fn compose_reads(text: &str, name: &str) -> String {
    let raw = text.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
    assert!(!raw.contains('\\'), "backslashes are read in several ways: {raw}");
    let quote = raw.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        assert!(!raw.contains(['#', '$', ' ', '\'', '"']), "this is cut or replaced: {raw}");
        return raw.to_owned();
    };
    let value = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or_else(|| panic!("no end: {raw}"));
    assert!(!value.contains(quote), "it ends early: {raw}");
    assert!(quote == '\'' || !value.contains('$'), "this is replaced: {raw}");
    value.to_owned()
}

#[test]
fn no_answer_is_ever_run() {
    for folder in HOSTILE {
        let machine = Machine::new();
        let path = machine.path(folder);
        let data = path.to_str().unwrap();

        machine.set_up(&["--data-folder", data]);

        let env = machine.path(".env");
        let read = up_reads(&env, "DATA_ROOT");
        assert_eq!(String::from_utf8_lossy(&read.stdout), data, "{read:?}");
        assert_eq!(shell_reads(&env, "DATA_ROOT"), data);
        assert_eq!(compose_reads(&machine.read(".env"), "DATA_ROOT"), data);
        assert!(path.join("encryption-key").is_file(), "{data}");
        assert!(!machine.path("touched").exists(), "{data} was run");
        let before = machine.files();
        machine.set_up(&[]);
        assert_eq!(machine.files(), before, "{data}");
    }
}

#[test]
fn what_no_quotes_can_hold_is_refused() {
    for folder in ["two\nlines", "a\\b", "it's $HOME", "it's \"x\"", "bell\u{7}"] {
        let machine = Machine::new();
        let said = machine.refused(&["--data-folder", folder]);
        assert!(said.contains("--data-folder: this folder's name cannot be used"), "{said}");
    }
}

#[test]
fn what_a_person_wrote_is_read_as_it_stands_or_refused_by_its_line() {
    let machine = Machine::new();
    let env = machine.path(".env");
    for (line, value) in [
        ("X=plain", "plain"),
        ("  export X=a b", "a b"),
        ("X=a # comment", "a"),
        ("X='$(touch touched) `touch touched`'", "$(touch touched) `touch touched`"),
        ("X=\"it's\" # comment", "it's"),
        ("X='one'\nX='two'", "one"),
        ("X=", ""),
        ("X=a\r", "a"),
    ] {
        fs::write(&env, format!("# first\n\n{line}\n")).unwrap();
        let read = up_reads(&env, "X");
        assert_eq!((read.status.success(), &*String::from_utf8_lossy(&read.stdout)), (true, value), "{line}: {read:?}");
    }
    for line in
        ["X=$HOME", "X=\"$HOME\"", "X=`touch touched`", "X=\"a\\nb\"", "X='a", "X='a' b", "X=a'b'c", "touch touched", "X=(a b)$(id)"]
    {
        fs::write(&env, format!("# first\n\n{line}\n")).unwrap();
        let read = up_reads(&env, "X");
        assert_eq!(read.status.code(), Some(2), "{line}: {read:?}");
        assert!(String::from_utf8_lossy(&read.stderr).contains("line 3 of"), "{line}: {read:?}");
    }
    assert!(!machine.path("touched").exists());
}

/// A copy of the scripts beside programs that do nothing, so that `local-dev/up` gets as far as starting the server.
fn scripts() -> TempDir {
    let dir = TempDir::new();
    for folder in ["local-dev", "admin-static/dist", "admin-static/node_modules", "docs", "bin", "target/debug"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    for script in ["up", "lib.sh", "env.sh"] {
        fs::copy(repository(&format!("local-dev/{script}")), dir.path().join("local-dev").join(script)).unwrap();
    }
    fs::write(dir.path().join("admin-static/dist/index.html"), "").unwrap();
    fs::write(dir.path().join("docs/openapi.json"), "").unwrap();
    let server =
        "#!/bin/sh\nfor word; do printf '[%s]' \"$word\"; done\nprintf ' %s' \"$PUBLIC_BASE_URL\" \"${INACTIVITY_WINDOW_DAYS-unset}\"\n";
    let nothing = "#!/bin/sh\nexit 0\n";
    let programs =
        ["cargo", "node", "npm", "cc", "make", "curl", "mariadbd", "mariadb-install-db"].map(|name| (format!("bin/{name}"), nothing));
    for (name, text) in programs.into_iter().chain([("target/debug/local-dev".to_owned(), server)]) {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

/// What `local-dev/up` starts the server with.
fn started(dir: &TempDir, options: &[&str], variables: &[(&str, &str)]) -> String {
    let path = format!("{}:{}", dir.path().join("bin").display(), shared::config::variable("PATH").unwrap());
    let mut command = Command::new(dir.path().join("local-dev/up"));
    command.args(options).env("PATH", path).env("PUBLIC_BASE_URL", "").env_remove("CARGO_TARGET_DIR");
    command.env_remove("PUBLIC_BASE_URL").env_remove("DATABASE_URL").envs(variables.iter().copied());
    let output = command.output().unwrap();
    String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap()
}

#[test]
fn up_starts_with_what_setup_wrote() {
    let dir = scripts();
    let machine = Machine::new();
    let data = machine.path("my data");
    let options = ["--data-folder", data.to_str().unwrap(), "--port", "9000", "--public-url", "http://codex.example.com:9000"];
    machine.set_up(&options);
    fs::copy(machine.path(".env"), dir.path().join(".env")).unwrap();
    let from_file = format!("[up][--state-dir][{}][--port][9000]", data.display());

    assert_eq!(started(&dir, &[], &[]), format!("{from_file} http://codex.example.com:9000 30"));
    let elsewhere = started(&dir, &["--port", "1", "--state-dir=x"], &[("PUBLIC_BASE_URL", "http://mine.example")]);
    assert_eq!(elsewhere, "[up][--port][1][--state-dir=x] http://mine.example 30", "what is said goes before the file");
    assert_eq!(started(&dir, &["--demo"], &[("PUBLIC_BASE_URL", "x")]), "[up][--demo] x unset", "a demo is not the installation");
    fs::rename(dir.path().join(".env"), dir.path().join("other.env")).unwrap();
    assert!(started(&dir, &[], &[("ENV_FILE", "other.env")]).starts_with(&from_file));
    assert!(started(&dir, &[], &[("ENV_FILE", "lost.env")]).contains("lost.env, which is not there"));
    assert_eq!(started(&dir, &[], &[("PUBLIC_BASE_URL", "x")]), "[up] x unset", "without a file nothing is added");
}
