//! The custom resource that stands for the schema. CloudFormation waits for what is put to the request's address; a failure there
//! fails the deployment, and what depends on the resource stays as it was.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use shared::{App, http};
use tokio::time::sleep;

use crate::schema;

/// CloudFormation knows the schema by this name. Another one would mean another resource, and the old one's deletion.
const PHYSICAL_ID: &str = "schema";
/// An answer is at most 4096 bytes.
const REASON_LIMIT: usize = 500;
/// Nobody else tells CloudFormation, so the answer is worth some tries.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A request of CloudFormation. No `Debug`: who knows its address can answer it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    #[serde(rename = "RequestType")]
    kind: Kind,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    #[serde(rename = "RequestId")]
    id: String,
    logical_resource_id: String,
    #[serde(default)]
    resource_properties: Properties,
    #[serde(default)]
    old_resource_properties: Properties,
}

#[derive(Clone, Copy, Deserialize)]
enum Kind {
    Create,
    Update,
    Delete,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Properties {
    /// The ARN of the version of this function; its last part is a number that grows.
    version: String,
    owner_fingerprint: String,
}

impl Properties {
    fn number(&self) -> Option<u64> {
        self.version.rsplit(':').next()?.parse().ok()
    }
}

impl Request {
    /// Does it, and tells CloudFormation how it went.
    pub async fn fulfil(&self, app: Result<&App, String>, time: Duration) -> Result<(), String> {
        let done = match app {
            _ if self.asks_for_nothing() => Ok(()),
            Ok(app) => schema::migrate(app, &self.resource_properties.owner_fingerprint, time).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &done {
            tracing::error!(error, "the deployment fails: {error}");
        }
        self.tell(self.answer(&done)).await
    }

    /// A stack that goes leaves the data. A deployment that failed is taken back with the old code, which the new schema has
    /// room for and which knows nothing of it: to fail then would leave the stack stuck halfway.
    fn asks_for_nothing(&self) -> bool {
        match self.kind {
            Kind::Create => false,
            Kind::Delete => true,
            Kind::Update => match (self.old_resource_properties.number(), self.resource_properties.number()) {
                (Some(old), Some(new)) => new < old,
                _ => false,
            },
        }
    }

    fn answer(&self, done: &Result<(), String>) -> String {
        let (status, reason) = match done {
            Ok(()) => ("SUCCESS", ""),
            Err(reason) => ("FAILED", &reason[..reason.floor_char_boundary(REASON_LIMIT)]),
        };
        json!({
            "Status": status, "Reason": reason, "PhysicalResourceId": PHYSICAL_ID,
            "StackId": self.stack_id, "RequestId": self.id, "LogicalResourceId": self.logical_resource_id,
        })
        .to_string()
    }

    /// The address is signed for a request without a content type.
    async fn tell(&self, answer: String) -> Result<(), String> {
        let client = http::client::new().timeout(ANSWER_LIMIT).build().map_err(|error| error.to_string())?;
        let mut why = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(PAUSE).await;
            }
            match client.put(&self.response_url).body(answer.clone()).send().await {
                Ok(response) if response.status().is_success() => return Ok(()),
                Ok(response) => why = response.status().to_string(),
                Err(error) => why = error.without_url().to_string(),
            }
        }
        Err(format!("CloudFormation was not told: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request(kind: &str, old: &str, new: &str) -> Request {
        serde_json::from_value(json!({
            "RequestType": kind, "ResponseURL": "https://bucket.example/answer?signature=x", "StackId": "arn:stack",
            "RequestId": "r-1", "LogicalResourceId": "Schema", "PhysicalResourceId": "schema", "ResourceType": "Custom::Schema",
            "ResourceProperties": { "ServiceToken": "arn:f", "ServiceTimeout": "660", "Version": new, "OwnerFingerprint": "" },
            "OldResourceProperties": { "ServiceToken": "arn:f", "Version": old },
        }))
        .unwrap()
    }

    #[test]
    fn only_a_deployment_forward_migrates() {
        let version = |n: u32| format!("arn:aws:lambda:eu-west-1:123456789012:function:stack-Migrate:{n}");
        let (two, nine, ten) = (version(2), version(9), version(10));
        for (kind, old, new, nothing) in [
            ("Create", "", two.as_str(), false),
            ("Update", &nine, &ten, false),
            ("Update", &ten, &ten, false),
            ("Update", &ten, &nine, true),
            ("Update", "", &nine, false),
            ("Update", &nine, "arn:without-a-number", false),
            ("Delete", "", &ten, true),
        ] {
            assert_eq!(request(kind, old, new).asks_for_nothing(), nothing, "{kind} {old} -> {new}");
        }
    }

    #[test]
    fn an_answer_names_the_request_and_stays_small() {
        let request = request("Create", "", "arn:f:1");
        let success: Value = serde_json::from_str(&request.answer(&Ok(()))).unwrap();
        assert_eq!(
            success,
            json!({ "Status": "SUCCESS", "Reason": "", "PhysicalResourceId": "schema", "StackId": "arn:stack", "RequestId": "r-1",
                "LogicalResourceId": "Schema" })
        );
        let failure = request.answer(&Err("ä\n\"".repeat(4000)));
        assert!(failure.contains(r#""Status":"FAILED""#) && failure.len() < 4096, "{}", failure.len());
    }
}
