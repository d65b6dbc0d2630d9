//! One page, from the top to the bottom.

use std::fs;

use e2e::host::stdout;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::mark::Mark;
use crate::markdown::Block;
use crate::reader::{Reader, Running, said};

/// A page that is being read.
pub struct Page<'a> {
    reader: &'a Reader,
    shared: &'a Checkout,
    /// A page that starts servers of its own does so in a checkout of its own.
    own: Option<Checkout>,
    server: Option<Running>,
    printed: String,
}

impl<'a> Page<'a> {
    /// Opens it, beside the server that the first page has started.
    pub fn open(reader: &'a Reader, shared: &'a Checkout, server: Option<Running>) -> Self {
        reader.turns_the_page();
        if let Some(server) = &server {
            let token = fs::read_to_string(shared.path().join("local-dev/.state/owner-token")).unwrap();
            reader.knows("server", &format!("http://127.0.0.1:{}", server.port));
            reader.knows("token", token.trim());
        }
        Self { reader, shared, own: None, server, printed: String::new() }
    }

    /// Gives back the server that stays.
    pub fn close(self) -> Option<Running> {
        self.server
    }

    /// Does what a block says. `false`: there was nothing to do.
    pub fn does(&mut self, block: &Block) -> Result<bool, String> {
        match &block.mark {
            Some(Mark::Answer) => return self.compares(&block.text).map(|()| true),
            Some(Mark::NotRun) => return Ok(false),
            _ if !block.is_command() => return Ok(false),
            Some(Mark::UntilStopped) => return self.starts(&block.text).map(|()| true),
            _ => {}
        }
        let text = self.here(&block.text);
        let checkout = self.own.as_ref().unwrap_or(self.shared);
        let output = match &*block.label {
            "python" => self.reader.types_python(checkout, &text),
            _ => self.reader.types(checkout, &text, matches!(block.mark, Some(Mark::Answers(..)))),
        };
        self.printed = stdout(&output);
        if !output.status.success() {
            return Err(said(&output));
        }
        match &block.mark {
            Some(Mark::Answers(status, code)) => self.is_refused(status, code).ok_or_else(|| said(&output)).map(|()| true),
            Some(Mark::Prints(place)) => self.pastes(place).map(|()| true),
            _ => Ok(true),
        }
    }

    /// Whether the last call was refused so.
    fn is_refused(&mut self, status: &str, code: &str) -> Option<()> {
        let (answer, last) = self.printed.rsplit_once('\n')?;
        let refused = last == status && answer.contains(&format!("\"code\":\"{code}\""));
        self.printed = answer.to_owned();
        refused.then_some(())
    }

    /// The address in the documents is that of the server of this test.
    fn here(&self, text: &str) -> String {
        let Some(server) = &self.server else { return text.to_owned() };
        text.replace("127.0.0.1:8488", &format!("127.0.0.1:{}", server.port))
    }

    /// The first server stays for the pages that follow; others show that they start.
    fn starts(&mut self, text: &str) -> Result<(), String> {
        if self.server.is_none() {
            self.server = Some(self.reader.starts(self.shared, text)?);
            return Ok(());
        }
        let own = self.own.get_or_insert_with(Checkout::new);
        self.reader.starts(own, text).map(drop)
    }

    /// Runs what was printed, as somebody who copies it to the host.
    fn pastes(&self, place: &str) -> Result<(), String> {
        let printed: Value = serde_json::from_str(&self.printed).map_err(|error| format!("{error}: {}", self.printed))?;
        let command = place.split('.').fold(&printed, |value, name| &value[name]);
        let command = command.as_str().ok_or_else(|| format!("there is no {place} in {printed}"))?;
        let output = self.reader.pastes(command);
        if output.status.success() { Ok(()) } else { Err(format!("{command}: {}", said(&output))) }
    }

    /// What is shown as an answer has no member that the real one has not.
    fn compares(&self, shown: &str) -> Result<(), String> {
        let parse = |text: &str| serde_json::from_str(text).map_err(|error| format!("{error}: {text}"));
        let (shown, real): (Value, Value) = (parse(shown)?, parse(&self.printed)?);
        match missing(&shown, &real, "") {
            None => Ok(()),
            Some(place) => Err(format!("the real answer has no {place}: {real}")),
        }
    }
}

/// Where `real` lacks a member that `shown` has.
fn missing(shown: &Value, real: &Value, place: &str) -> Option<String> {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => shown.iter().find_map(|(name, value)| {
            let place = format!("{place}.{name}");
            real.get(name).map_or_else(|| Some(place.clone()), |real| missing(value, real, &place))
        }),
        (Value::Array(shown), Value::Array(real)) => missing(shown.first()?, real.first()?, &format!("{place}[]")),
        _ => (std::mem::discriminant(shown) != std::mem::discriminant(real)).then(|| place.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::missing;

    #[test]
    fn a_member_that_is_not_there_is_seen() {
        let real = json!({ "a": [{ "b": 1 }], "c": "x", "d": 2 });
        assert_eq!(missing(&json!({ "a": [{ "b": 2 }], "c": "y" }), &real, ""), None);
        assert_eq!(missing(&json!({ "a": [{ "e": 2 }] }), &real, ""), Some(".a[].e".into()));
        assert_eq!(missing(&json!({ "c": 1 }), &real, ""), Some(".c".into()));
    }
}
