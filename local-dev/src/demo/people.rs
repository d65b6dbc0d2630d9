//! Who administers: people with tokens of each role, and a pipeline.

use serde_json::json;

use super::DemoError;
use super::stage::{Caller, Stage};

/// Those who act in the demo's past.
#[derive(Clone, Debug)]
pub struct People {
    /// An owner.
    pub olivia: Caller,
    /// An operator.
    pub omar: Caller,
    /// An operator who is a program.
    pub pipeline: Caller,
}

/// The first owner makes tokens for the others.
pub async fn invite(stage: &Stage, first: &str) -> Result<People, DemoError> {
    let first = Caller { token: first.to_owned(), address: [203, 0, 113, 7].into() };
    let mut callers = Vec::new();
    for (place, (name, role, days)) in (10_u8..).zip([
        ("olivia", "owner", None),
        ("omar", "operator", None),
        ("build pipeline", "operator", Some(365)),
        ("vera", "viewer", Some(120)),
        ("old dashboard", "viewer", None),
    ]) {
        let made =
            stage.call(&first, "POST", "/admin/access/tokens", json!({ "name": name, "role": role, "expires_in_days": days })).await?;
        if name == "old dashboard" {
            stage.call(&first, "DELETE", &format!("/admin/access/tokens/{}", made["id"]), json!({})).await?;
        }
        let token = made["token"].as_str().unwrap_or_default().to_owned();
        callers.push(Caller { token, address: [203, 0, 113, place].into() });
    }
    let certificate = json!({ "name": "olivia's smart card", "role": "owner", "fingerprint": "7c".repeat(32), "expires_in_days": 400 });
    stage.call(&first, "POST", "/admin/access/certificates", certificate).await?;
    let mut callers = callers.into_iter();
    let mut next = || callers.next().ok_or_else(|| DemoError("a token is missing".to_owned()));
    Ok(People { olivia: next()?, omar: next()?, pipeline: next()? })
}
