//! How an answer is got: from an option, by asking a person, or by taking what is there.

use std::fmt;

use clap::ValueEnum;
use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Select, Text};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// An answer cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Somebody pressed Ctrl-C or Esc, or said no.
    #[error("stopped: nothing was changed")]
    Aborted,
    /// The machine refused.
    #[error("{0}")]
    Failed(String),
}

impl From<InquireError> for Stop {
    fn from(error: InquireError) -> Self {
        match error {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => Self::Aborted,
            InquireError::NotTTY => {
                Self::Invalid("there is no terminal to ask on: give the answers as options, with --non-interactive".to_owned())
            }
            other => Self::Failed(format!("the terminal failed: {other}")),
        }
    }
}

/// What is wrong with an answer, or the answer as it is kept.
pub type Checked = Result<String, String>;

/// One thing to know.
#[derive(Debug)]
pub struct Question {
    /// The option that answers it.
    pub flag: &'static str,
    /// What a person is asked.
    pub ask: &'static str,
    /// What follows from the answer.
    pub why: &'static str,
}

/// Who answers what no option has answered.
#[derive(Clone, Copy, Debug)]
pub enum Asker {
    /// Nobody: the default counts.
    Nobody,
    /// A person at a terminal.
    Person,
}

impl Asker {
    /// A line of text.
    pub fn text(self, question: &Question, given: Option<&str>, default: &str, check: impl Fn(&str) -> Checked) -> Result<String, Stop> {
        let refused = |why: String| Stop::Invalid(format!("{}: {why}", question.flag));
        match (given, self) {
            (Some(given), _) => check(given).map_err(refused),
            (None, Self::Nobody) => check(default).map_err(refused),
            (None, Self::Person) => again(|| Ok(prompt(question, default).prompt()?), check),
        }
    }

    /// One of some words; `fits` says why a word does not go with the answers before it.
    pub fn choose<T: ValueEnum + PartialEq>(
        self,
        question: &Question,
        given: Option<T>,
        default: T,
        fits: impl Fn(&T) -> Result<(), String>,
    ) -> Result<T, Stop> {
        let refused = |why: String| Stop::Invalid(format!("{}: {why}", question.flag));
        match (given, self) {
            (Some(given), _) => fits(&given).map(|()| given).map_err(refused),
            (None, Self::Nobody) => fits(&default).map(|()| default).map_err(refused),
            (None, Self::Person) => {
                let words: Vec<_> = T::value_variants().iter().filter(|word| fits(word).is_ok()).map(|word| Word(word.clone())).collect();
                let start = words.iter().position(|Word(word)| *word == default).unwrap_or(0);
                let asked = Select::new(question.ask, words).with_help_message(question.why).with_starting_cursor(start);
                Ok(asked.prompt()?.0)
            }
        }
    }

    /// A line that is not shown; it never comes from an option, whose text every process of the machine can read.
    pub fn secret(self, question: &Question, check: impl Fn(&str) -> Checked) -> Result<String, Stop> {
        let hidden = || {
            let asked = Password::new(question.ask).with_help_message(question.why).without_confirmation();
            Ok(asked.with_display_mode(PasswordDisplayMode::Masked).prompt()?)
        };
        match self {
            Self::Nobody => Err(Stop::Invalid(format!("{} is needed: {}", question.flag, question.why))),
            Self::Person => again(hidden, check),
        }
    }

    /// Whether to go on; nobody says yes.
    pub fn confirm(self, ask: &str) -> Result<(), Stop> {
        match self {
            Self::Nobody => Ok(()),
            Self::Person => {
                if Confirm::new(ask).with_default(true).prompt()? {
                    Ok(())
                } else {
                    Err(Stop::Aborted)
                }
            }
        }
    }
}

fn prompt<'a>(question: &'a Question, default: &'a str) -> Text<'a, 'a> {
    let prompt = Text::new(question.ask).with_help_message(question.why);
    if default.is_empty() { prompt } else { prompt.with_default(default) }
}

/// Asks until the answer can be used.
fn again(ask: impl Fn() -> Result<String, Stop>, check: impl Fn(&str) -> Checked) -> Result<String, Stop> {
    loop {
        match check(&ask()?) {
            Ok(answer) => return Ok(answer),
            Err(why) => eprintln!("  {why}"),
        }
    }
}

/// A word of a list, shown with what it means.
struct Word<T>(T);

impl<T: ValueEnum> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0.to_possible_value().expect("every word of these lists can be chosen");
        write!(f, "{:<9} {}", word.get_name(), word.get_help().cloned().unwrap_or_default())
    }
}
