//! What the function is asked for on Lambda.

use std::time::Duration;

use serde_json::Value;
use shared::App;

use crate::schema;
use crate::stack::Request;

/// What an event asks for.
enum Event {
    /// EventBridge, every minute: `{"tick":true}`.
    Tick,
    /// An operator, by hand: `{"migrate":true}`, perhaps with the `owner`'s certificate.
    Migrate { owner: String },
    /// CloudFormation, which waits for an answer.
    Stack(Request),
}

impl Event {
    /// Anything else is an error: a typing mistake in `migrate` must not look like success.
    fn parse(event: Value) -> Result<Self, String> {
        if event.get("RequestType").is_some() {
            return serde_json::from_value(event).map(Self::Stack).map_err(|error| format!("this is no custom resource request: {error}"));
        }
        let asked = |name: &str| event.get(name) == Some(&Value::Bool(true));
        let owner = event.get("owner").and_then(Value::as_str).unwrap_or_default().to_owned();
        match (asked("tick"), asked("migrate")) {
            (true, false) => Ok(Self::Tick),
            (false, true) => Ok(Self::Migrate { owner }),
            _ => Err(r#"this function takes {"tick":true}, {"migrate":true} and requests of CloudFormation"#.to_owned()),
        }
    }
}

/// Does what an event asks for. `app` may have failed to start: CloudFormation is told even that. `time` is what is left.
pub async fn handle(app: Result<&App, String>, event: Value, time: Duration) -> Result<(), String> {
    match Event::parse(event)? {
        Event::Tick => tick(app?).await,
        Event::Migrate { owner } => schema::migrate(app?, &owner, time).await,
        Event::Stack(request) => request.fulfil(app, time).await,
    }
}

async fn tick(app: &App) -> Result<(), String> {
    if crate::tick(app).await { Ok(()) } else { Err("it could not be seen which jobs are due".to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_for_must_be_said() {
        assert!(matches!(Event::parse(json!({ "tick": true })), Ok(Event::Tick)));
        assert!(matches!(Event::parse(json!({ "migrate": true })), Ok(Event::Migrate { owner }) if owner.is_empty()));
        assert!(matches!(Event::parse(json!({ "migrate": true, "owner": "ab" })), Ok(Event::Migrate { owner }) if owner == "ab"));
        for wrong in [json!({}), json!(null), json!({ "migrat": true }), json!({ "migrate": 1 }), json!({ "tick": true, "migrate": true })]
        {
            assert!(Event::parse(wrong.clone()).is_err(), "{wrong}");
        }
        let half = Event::parse(json!({ "RequestType": "Create" })).err().unwrap();
        assert!(half.contains("ResponseURL"), "{half}");
    }
}
