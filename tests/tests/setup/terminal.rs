//! A person at a terminal: every question, a wrong answer, and Ctrl-C.

use std::process::{Command, Output};

use e2e::process::program;

use crate::{Machine, repository};

const ENTER: &str = "\r";
const CTRL_C: &str = "\u{3}";

/// Runs setup at a pseudo-terminal; each step waits for a text and then types.
fn at_terminal(machine: &Machine, options: &[&str], steps: &[(&str, &str)]) -> Output {
    let mut command = Command::new("python3");
    command.arg(repository("tests/tests/setup/terminal.py")).arg(serde_json::to_string(steps).unwrap()).arg(program("local-dev"));
    command.args(["setup", "--env-file", machine.path(".env").to_str().unwrap()]).args(options);
    command.current_dir(machine.path("")).env_remove("DATABASE_URL").env("TERM", "xterm").output().unwrap()
}

/// The questions of a process on this machine, in their order.
const QUESTIONS: &[&str] = &[
    "Where does it run?",
    "Folder for the database",
    "Address that hosts use?",
    "Who encrypts the connections?",
    "Address that administrators use?",
    "Address to listen on?",
    "Port to listen on?",
    "Client certificates for administrators?",
    "Which database?",
    "Days for which rows of usage are kept?",
    "Days for which deliveries of usage are kept?",
    "Days without use",
    "Prove logins with a real Codex?",
    "Make backups?",
    "Folder of the backups?",
    "Time between two backups?",
    "How many backups are kept?",
    "Write it?",
];

#[test]
fn a_person_is_asked_everything_and_told_what_follows() {
    let machine = Machine::new();
    let mut steps: Vec<_> = QUESTIONS.iter().map(|question| (*question, ENTER)).collect();
    steps[1].1 = "my data\r";
    steps[2].1 = "codex.example.com\r";
    steps.insert(3, ("is not like https://codex.example.com", "http://codex.example.com:8488\r"));

    let output = at_terminal(&machine, &[], &steps);

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("without the encryption key the database is worth nothing"), "each question says what follows: {said}");
    assert!(said.contains("+ PUBLIC_BASE_URL=http://codex.example.com:8488"), "{said}");
    assert_eq!(machine.setting("DATA_ROOT").as_deref(), Some("my data"));
    assert_eq!(machine.setting("PUBLIC_BASE_URL").as_deref(), Some("http://codex.example.com:8488"));
    assert!(machine.path("my data/encryption-key").is_file());
}

#[test]
fn a_word_is_chosen_by_typing_and_what_an_option_says_is_not_asked() {
    let machine = Machine::new();
    let given = ["--home", "compose", "--data-folder", "./data", "--admin-url", "https://codex-admin.example.com", "--backups", "no"];
    let steps = [
        ("Address that hosts use?", "https://codex.example.com\r"),
        ("Who encrypts the connections?", "acme\r"),
        ("E-mail address", "ops\r"),
        ("is not like ops@example.com", "ops@example.com\r"),
        ("Address to listen on?", ENTER),
        ("Port to listen on?", ENTER),
        ("Client certificates", ENTER),
        ("Which database?", "mariadb\r"),
        ("rows of usage", "100\r"),
        ("deliveries of usage", ENTER),
        ("Days without use", ENTER),
        ("real Codex?", "no\r"),
        ("Write it?", ENTER),
    ];

    let output = at_terminal(&machine, &given, &steps);

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("Where does it run?") && !said.contains("Make backups?"), "{said}");
    for (name, value) in [("CADDY_TLS", "acme"), ("COMPOSE_PROFILES", "mariadb,caddy"), ("USAGE_RETENTION_DAYS", "100")] {
        assert_eq!(machine.setting(name).as_deref(), Some(value), "{name}: {said}");
    }
}

#[test]
fn whoever_stops_leaves_nothing() {
    for (at, keys) in [(0, CTRL_C), (5, CTRL_C), (9, "\u{1b}"), (QUESTIONS.len() - 1, CTRL_C), (QUESTIONS.len() - 1, "n\r")] {
        let machine = Machine::new();
        let mut steps: Vec<_> = QUESTIONS[..=at].iter().map(|question| (*question, ENTER)).collect();
        steps[at].1 = keys;

        let output = at_terminal(&machine, &[], &steps);

        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(130), "{at}: {said}");
        assert!(said.contains("stopped: nothing was changed"), "{said}");
        assert!(machine.files().is_empty(), "{at}: {:?}", machine.files().keys());
    }
}
