//! JSON that keeps its key order and the text of its numbers, so that a digest over it is stable.

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// Deeper documents are refused; Codex's own are three levels deep.
const MAX_DEPTH: usize = 32;

/// One JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    /// The number's own text.
    Number(String),
    String(String),
    Array(Vec<Node>),
    /// Duplicate keys: the last value wins, the first position stays.
    Object(IndexMap<String, Node>),
}

impl Node {
    /// Parses `bytes`; the message says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        Self::from_raw(raw.get(), 0)
    }

    fn from_raw(text: &str, depth: usize) -> Result<Self, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let fail = |e: serde_json::Error| e.to_string();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let raw: IndexMap<String, &RawValue> = serde_json::from_str(text).map_err(fail)?;
                Self::Object(raw.into_iter().map(|(k, v)| Ok((k, Self::from_raw(v.get(), depth + 1)?))).collect::<Result<_, String>>()?)
            }
            Some(b'[') => {
                let raw: Vec<&RawValue> = serde_json::from_str(text).map_err(fail)?;
                Self::Array(raw.into_iter().map(|v| Self::from_raw(v.get(), depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::String(serde_json::from_str(text).map_err(fail)?),
            Some(b't' | b'f') => Self::Bool(text.starts_with('t')),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// The compact text: slashes and non-ASCII as they are, except U+2028 and U+2029.
    pub fn to_compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(map) => {
                out.push('{');
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The value of `key`, when this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The members, when this is an object.
    pub fn as_object(&self) -> Option<&IndexMap<String, Self>> {
        if let Self::Object(map) = self { Some(map) } else { None }
    }

    /// A string value.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }
}

fn write_string(text: &str, out: &mut String) {
    let quoted = serde_json::to_string(text).expect("every string can be written as JSON");
    if text.contains(['\u{2028}', '\u{2029}']) {
        out.push_str(&quoted.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"));
    } else {
        out.push_str(&quoted);
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn keeps_order_numbers_and_empty_objects() {
        for text in [r#"{"b":1,"a":{},"n":1.0,"e":1e3,"big":123456789012345678901234567890}"#, r#"[null,true,false,"/é"]"#] {
            assert_eq!(Node::parse(text.as_bytes()).unwrap().to_compact(), text);
        }
        assert_eq!(Node::parse(b"{ \"a\" : 1 , \"b\":2, \"a\":3 }").unwrap().to_compact(), r#"{"a":3,"b":2}"#);
        assert_eq!(Node::parse("\"\u{2028}\u{7f}\\u0001\"".as_bytes()).unwrap().to_compact(), "\"\\u2028\u{7f}\\u0001\"");
    }

    #[test]
    fn a_deep_document_is_refused() {
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert!(Node::parse(deep.as_bytes()).unwrap_err().contains("deeper"));
    }
}
