//! Messages of JSON-RPC as clients send them: read leniently, brought into the one form the server code takes.

use serde_json::{Map, Value, json};

/// Names that older clients give to methods.
const ALIASES: [(&str, &[&str]); 9] = [
    ("notifications/initialized", &["notifications.initialized"]),
    ("tools/list", &["tools.list", "list_tools"]),
    ("tools/call", &["tools.call", "call_tool"]),
    ("resources/templates/list", &["resources.templates.list", "list_resource_templates"]),
    ("resources/list", &["resources.list", "list_resources"]),
    ("resources/read", &["resources.read", "read_resource"]),
    ("resources/create", &["resources.create", "create_resource"]),
    ("resources/update", &["resources.update", "update_resource"]),
    ("resources/delete", &["resources.delete", "delete_resource"]),
];

/// The method that a name means.
pub fn canonical(method: &str) -> &str {
    ALIASES.iter().find(|(_, names)| names.contains(&method)).map_or(method, |(name, _)| name)
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its method, whatever the client calls it.
    pub method: String,
    /// The tool, or the address of a resource.
    pub name: Option<String>,
    /// What becomes of the answer.
    pub kind: Kind,
    /// In the form the server takes.
    pub value: Value,
}

/// What becomes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is sent.
    Request,
    /// Nobody waits for it: the work is done all the same.
    Unanswered,
    /// There is none.
    Notification,
}

/// Why a message is none, with the id to answer under.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// Null when it has none that can be used.
    pub id: Value,
    /// For people.
    pub why: &'static str,
}

/// Reads one message.
pub fn read(value: Value) -> Result<Message, Invalid> {
    let Value::Object(mut object) = value else { return Err(Invalid { id: Value::Null, why: "a message is an object" }) };
    let id = object.get("id").cloned().unwrap_or(Value::Null);
    let usable = id.is_string() || id.is_i64() || id.is_u64();
    let answer_to = if usable { id.clone() } else { Value::Null };
    let invalid = |why| Err(Invalid { id: answer_to.clone(), why });
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid("jsonrpc must be \"2.0\"");
    }
    let Some(method) = object.get("method").and_then(Value::as_str) else { return invalid("method is missing") };
    let method = canonical(method).to_owned();
    if !usable && !id.is_null() {
        return invalid("id must be a text or a whole number");
    }
    let is_note = method.starts_with("notifications/");
    let kind = match (usable, is_note) {
        (true, _) => Kind::Request,
        (false, true) => Kind::Notification,
        (false, false) => Kind::Unanswered,
    };
    object.insert("method".into(), json!(method));
    match kind {
        Kind::Request => {}
        // The server code answers under an id; nobody sees this one.
        Kind::Unanswered => drop(object.insert("id".into(), json!(0))),
        Kind::Notification => drop(object.remove("id")),
    }
    let params = params(&method, object.remove("params"));
    let name = ["name", "uri"].iter().find_map(|key| params.as_ref()?.get(*key)?.as_str()).map(str::to_owned);
    if let Some(params) = params {
        object.insert("params".into(), Value::Object(params));
    }
    Ok(Message { method, name, kind, value: Value::Object(object) })
}

/// What is no object is nothing; so are the arguments of a tool.
fn params(method: &str, given: Option<Value>) -> Option<Map<String, Value>> {
    let mut params = match given {
        Some(Value::Object(params)) => params,
        _ if method == "tools/call" => Map::new(),
        _ => return None,
    };
    if method == "tools/call" {
        if !params.get("arguments").is_some_and(Value::is_object) {
            params.insert("arguments".into(), json!({}));
        }
        if !params.get("name").is_some_and(Value::is_string) {
            params.insert("name".into(), json!(""));
        }
    }
    Some(params)
}

/// An error of JSON-RPC.
pub fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let kind = |value: Value| read(value).map(|message| (message.method, message.kind));
        let call = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "method": "tools.call", "params": { "name": "x" } });
        assert_eq!(kind(call(json!(1))).unwrap(), ("tools/call".into(), Kind::Request));
        assert_eq!(kind(call(json!("a"))).unwrap().1, Kind::Request);
        assert_eq!(kind(call(Value::Null)).unwrap().1, Kind::Unanswered);
        assert_eq!(kind(json!({ "jsonrpc": "2.0", "method": "notifications.initialized" })).unwrap().1, Kind::Notification);
        for (bad, id) in [
            (json!([]), Value::Null),
            (json!({}), Value::Null),
            (json!(7), Value::Null),
            (json!({ "jsonrpc": "1.0", "id": 7, "method": "ping" }), json!(7)),
            (json!({ "jsonrpc": "2.0", "id": "x" }), json!("x")),
            (json!({ "jsonrpc": "2.0", "id": 1, "method": null }), json!(1)),
            (call(json!([1])), Value::Null),
            (call(json!(1.5)), Value::Null),
            (call(json!(true)), Value::Null),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().id, id, "{bad}");
        }
    }

    #[test]
    fn parameters_of_other_shapes_are_none() {
        let read = |params: Value| super::read(json!({ "jsonrpc": "2.0", "id": 1, "method": "call_tool", "params": params })).unwrap();
        assert_eq!(read(json!([1])).value["params"], json!({ "arguments": {}, "name": "" }));
        let called = read(json!({ "name": "memory.store", "arguments": "x" }));
        assert_eq!(called.value["params"]["arguments"], json!({}));
        assert_eq!(called.name.as_deref(), Some("memory.store"));
        assert_eq!(called.value["method"], "tools/call");
        assert_eq!(read(json!({ "name": 7 })).name.as_deref(), Some(""));
    }

    #[test]
    fn every_alias_is_a_method() {
        assert_eq!(canonical("read_resource"), "resources/read");
        assert_eq!(canonical("resources.templates.list"), "resources/templates/list");
        assert_eq!(canonical("initialize"), "initialize");
    }
}
