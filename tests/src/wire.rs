//! What `cdx` and the server tell each other in `/sync` and `/push`, for tests that do without `cdx`.

use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;

/// Of a [`form`].
pub const FORM: &str = "multipart/form-data; boundary=B";

/// A multipart body of these names and contents.
pub fn form(parts: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, content) in parts {
        body.extend(["--B\r\nContent-Disposition: form-data; name=\"", name, "\"\r\n\r\n", content, "\r\n"]);
    }
    body + "--B--\r\n"
}

/// The tar that comes back, as far as `cdx` would act on it.
#[derive(Debug, Default)]
pub struct Told {
    variables: HashMap<String, String>,
    /// The new login view, if one came.
    pub auth: Option<Value>,
    /// The new list of what this home was given.
    pub given: Option<String>,
    /// Paths that are put into place.
    pub placed: Vec<String>,
}

impl Told {
    /// Unpacks one; `None`: it is no such tar.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut told = Self::default();
        for entry in tar::Archive::new(body).entries().ok()? {
            let mut entry = entry.ok()?;
            let path = entry.path().ok()?.to_str()?.to_owned();
            let mut text = String::new();
            match path.as_str() {
                "vars" | "files" | "given" | "home/auth.json" => entry.read_to_string(&mut text).ok()?,
                _ => continue,
            };
            match path.as_str() {
                "vars" => told.variables = text.lines().filter_map(variable).collect(),
                "files" => told.placed = text.lines().map(str::to_owned).collect(),
                "given" => told.given = Some(text),
                _ => told.auth = Some(serde_json::from_str(&text).ok()?),
            }
        }
        told.variables.contains_key("cdx_decision").then_some(told)
    }

    /// A variable, without `cdx_`; empty when it did not come.
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(&format!("cdx_{name}")).map_or("", String::as_str)
    }
}

fn variable(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    Some((name.to_owned(), value.trim_matches('\'').replace("'\\''", "'")))
}
