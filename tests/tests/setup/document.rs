//! The commands of docs/SETUP.md are commands that work.

use std::fs;

use crate::process::certificate;
use crate::{Machine, repository};

/// The setup commands of the document, each in one line, without the program's name.
fn commands() -> Vec<String> {
    let text = fs::read_to_string(repository("docs/SETUP.md")).unwrap().replace("\\\n", " ");
    let in_code = text.split("```").skip(1).step_by(2);
    let lines = in_code.flat_map(|block| block.lines()).filter_map(|line| line.strip_prefix("local-dev/setup"));
    lines.map(|line| line.split(" && ").next().unwrap().trim().to_owned()).filter(|options| !options.is_empty()).collect()
}

#[test]
fn every_command_of_the_document_runs() {
    let commands = commands();
    assert!(commands.len() > 6, "the document was not understood: {commands:?}");
    for options in commands {
        let machine = Machine::new();
        let [cert, key] = certificate(&machine, "chain", &["codex.example.com"], [2020, 2099]);
        fs::rename(cert, machine.path("chain.pem")).unwrap();
        fs::rename(key, machine.path("key.pem")).unwrap();
        machine.write("database-url", "mysql://user:password@host:3306/name\n");
        let mut words: Vec<_> = options.split_whitespace().filter(|word| *word != "--non-interactive").collect();
        // There is no such database, and the folder of this repository is not the test's.
        words.extend(["--skip-database-check", "--data-folder", "./data"]);

        machine.set_up(&words);

        assert!(machine.path(".env").is_file(), "{options}");
    }
}
