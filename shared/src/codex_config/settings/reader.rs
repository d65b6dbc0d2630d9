//! Reads JSON as leniently as the contract does, and says of everything else where it is wrong.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::words::Word;
use crate::error::FieldErrors;
use crate::extract::Flag;

/// The members of an object that nobody has read yet.
pub struct Fields<'e> {
    path: String,
    rest: Map<String, Value>,
    errors: &'e mut FieldErrors,
}

/// Reads one object; what it leaves is an error.
pub fn object<T>(path: String, value: Value, errors: &mut FieldErrors, read: impl FnOnce(&mut Fields) -> T) -> Option<T> {
    let rest = match value {
        Value::Object(map) => map,
        // PHP writes an empty map so.
        Value::Array(items) if items.is_empty() => Map::new(),
        _ => {
            let field = if path.is_empty() { "settings".to_owned() } else { path };
            errors.entry(field).or_default().push("must be an object".into());
            return None;
        }
    };
    let mut fields = Fields { path, rest, errors };
    let read = read(&mut fields);
    for name in fields.rest.keys() {
        let path = join(&fields.path, name);
        fields.errors.entry(path).or_default().push("there is no such setting: what Codex knows beyond them goes into custom_toml".into());
    }
    Some(read)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A text, or what is written like one.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl Fields<'_> {
    /// Says what is wrong with a member.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.entry(join(&self.path, name)).or_default().push(message.into());
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        // The order of what is left does not matter.
        self.rest.swap_remove(name).filter(|value| !value.is_null())
    }

    /// A trimmed text; blank is none.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        let Some(text) = text(&value).filter(|_| !value.is_boolean()) else {
            self.refuse(name, "must be a text");
            return None;
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A text that has to be there.
    pub fn required(&mut self, name: &str) -> String {
        let text = self.text(name);
        if text.is_none() {
            self.refuse(name, format!("{name} is required"));
        }
        text.unwrap_or_default()
    }

    /// One of some words.
    pub fn word<W: Word>(&mut self, name: &str) -> Option<W> {
        let text = self.text(name)?;
        let word = W::parse(&text);
        if word.is_none() {
            let all: Vec<_> = W::ALL.iter().map(|(word, _)| *word).collect();
            self.refuse(name, format!("must be one of {}", all.join(", ")));
        }
        word
    }

    /// A yes or no.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return None;
        }
        let flag = flag(&value);
        if flag.is_none() {
            self.refuse(name, "must be a boolean");
        }
        flag
    }

    /// A whole number from 0 on, or the text of one.
    pub fn number(&mut self, name: &str) -> Option<u64> {
        let value = self.take(name)?;
        let text = text(&value).unwrap_or_default();
        if value.is_string() && text.trim().is_empty() {
            return None;
        }
        let number = text.trim().parse().ok().filter(|number| i64::try_from(*number).is_ok());
        if number.is_none() {
            self.refuse(name, "must be a whole number, and not negative");
        }
        number
    }

    /// Texts in their order, or the lines of one text.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::String(lines)) => lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            Some(Value::Array(items)) => {
                let texts: Option<Vec<_>> = items.iter().map(text).collect();
                if texts.is_none() {
                    self.refuse(name, "must be a list of texts");
                }
                texts.unwrap_or_default()
            }
            Some(_) => {
                self.refuse(name, "must be a list of texts");
                Vec::new()
            }
        }
    }

    /// Texts by name.
    pub fn texts(&mut self, name: &str) -> IndexMap<String, String> {
        self.map(name, "must be a text", text)
    }

    /// Switches by name.
    pub fn flags(&mut self, name: &str) -> IndexMap<String, bool> {
        self.map(name, "must be a boolean", flag)
    }

    fn map<T>(&mut self, name: &str, message: &str, read: fn(&Value) -> Option<T>) -> IndexMap<String, T> {
        let Some(value) = self.take(name) else { return IndexMap::new() };
        object(join(&self.path, name), value, self.errors, |fields| {
            let mut map = IndexMap::new();
            for (name, value) in std::mem::take(&mut fields.rest) {
                match read(&value) {
                    Some(value) => _ = map.insert(name.trim().to_owned(), value),
                    None if value.is_null() => {}
                    None => fields.refuse(&name, message),
                }
            }
            map
        })
        .unwrap_or_default()
    }

    /// An object of its own.
    pub fn table<T: Default>(&mut self, name: &str, read: impl FnOnce(&mut Fields) -> T) -> T {
        let Some(value) = self.take(name) else { return T::default() };
        object(join(&self.path, name), value, self.errors, read).unwrap_or_default()
    }

    /// A list of objects. One with nothing in it is an empty row of a form and no entry.
    pub fn entries<T>(&mut self, name: &str, read: impl Fn(&mut Fields) -> T) -> Vec<T> {
        let items = match self.take(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "must be a list");
                return Vec::new();
            }
        };
        let path = join(&self.path, name);
        let filled = items.into_iter().enumerate().filter(|(_, item)| !is_blank(item));
        filled.filter_map(|(at, item)| object(format!("{path}[{at}]"), item, self.errors, &read)).collect()
    }
}

fn flag(value: &Value) -> Option<bool> {
    Flag::deserialize(value).ok().map(|flag| flag.0).or_else(|| value.as_i64().map(|number| number != 0))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(map) => map.values().all(is_blank),
        _ => false,
    }
}
