//! The passphrase that seals a copy: from a file or a terminal, never from an argument.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use age::secrecy::SecretString;
use age::{Encryptor, scrypt};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::error::{At, BackupError};

/// A shorter one can be guessed by whoever has the file.
const SHORTEST: usize = 12;
/// scrypt with N = 2^17, r = 8: what OWASP asks for. It takes 128 MiB and some tenths of a second.
const WORK: u8 = 17;
/// A file that wants more work than this is not ours.
const MOST_WORK: u8 = 20;

/// It is never printed.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl Passphrase {
    /// The text of `file` without the newline at its end, or what somebody types; twice when it is `new`.
    pub fn get(file: Option<&Path>, new: bool) -> Result<Self, BackupError> {
        let text = match file {
            Some(path) => fs::read_to_string(path).at(path)?,
            None => ask(new)?,
        };
        Self::of(text.trim_end_matches(['\n', '\r']))
    }

    fn of(text: &str) -> Result<Self, BackupError> {
        if text.chars().count() < SHORTEST {
            return Err(BackupError::Passphrase(format!("it has less than {SHORTEST} characters")));
        }
        Ok(Self(text.to_owned().into()))
    }

    pub(super) fn encryptor(&self) -> Encryptor {
        let mut recipient = scrypt::Recipient::new(self.0.clone());
        recipient.set_work_factor(WORK);
        Encryptor::with_recipients(std::iter::once(&recipient as _)).expect("one passphrase is a valid set of recipients")
    }

    pub(super) fn identity(&self) -> scrypt::Identity {
        let mut identity = scrypt::Identity::new(self.0.clone());
        identity.set_max_work_factor(MOST_WORK);
        identity
    }
}

fn ask(new: bool) -> Result<String, BackupError> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| BackupError::Passphrase("there is no terminal to ask on: give --passphrase-file".to_owned()))?;
    let first = hidden(&terminal, "Passphrase: ")?;
    if new && hidden(&terminal, "Once more: ")? != first {
        return Err(BackupError::Passphrase("the two are not the same".to_owned()));
    }
    Ok(first)
}

/// Reads a line that is not shown.
fn hidden(mut terminal: &File, question: &str) -> Result<String, BackupError> {
    let failed = |error: std::io::Error| BackupError::Passphrase(format!("the terminal does not answer: {error}"));
    let before = tcgetattr(terminal).map_err(|error| failed(error.into()))?;
    let mut silent: Termios = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    write!(terminal, "{question}").map_err(failed)?;
    tcsetattr(terminal, OptionalActions::Flush, &silent).map_err(|error| failed(error.into()))?;
    let mut line = String::new();
    let read = BufReader::new(terminal).read_line(&mut line);
    tcsetattr(terminal, OptionalActions::Flush, &before).map_err(|error| failed(error.into()))?;
    writeln!(terminal).map_err(failed)?;
    read.map_err(failed)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_one_is_refused_and_none_is_shown() {
        assert!(Passphrase::of("hunter2hunt").is_err());
        let good = Passphrase::of("correct horse battery").unwrap();
        assert_eq!(format!("{good:?}"), "Passphrase(…)");
    }
}
