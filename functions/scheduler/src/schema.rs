//! Migrates, and makes sure that somebody can administer.

use std::time::Duration;

use shared::access::{Certificate, Role};
use shared::audit::Actor;
use shared::client::Fingerprint;
use shared::{App, AppError, migrate};
use tokio::time::timeout;

/// Migrates within `time`. `owner`: a client certificate (SHA-256) that administers from then on; empty: none.
pub async fn migrate(app: &App, owner: &str, time: Duration) -> Result<(), String> {
    let owner = parse(owner)?;
    match timeout(time, migrate::run(app)).await {
        Ok(done) => done.map_err(|error| error.to_string())?,
        Err(_) => return Err(format!("the migration was not done within {} s", time.as_secs())),
    }
    match owner {
        Some(certificate) => admit(app, certificate).await.map_err(|error| format!("the owner's certificate was not registered: {error}")),
        None => Ok(()),
    }
}

fn parse(owner: &str) -> Result<Option<Fingerprint>, String> {
    if owner.is_empty() {
        return Ok(None);
    }
    Fingerprint::parse(owner).map(Some).ok_or_else(|| "the owner's fingerprint is not a SHA-256: 64 hex digits".to_owned())
}

/// One that was registered before stays as it is, also when it was revoked.
async fn admit(app: &App, certificate: Fingerprint) -> Result<(), AppError> {
    let by = Actor::system("deployment");
    match Certificate::register(app, &by, "named at deployment", Role::Owner, certificate, None).await {
        Ok(_) | Err(AppError::Conflict { code: "certificate_known", .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_a_whole_fingerprint_or_none() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse(&"AB:".repeat(32)), Ok(Some(Fingerprint([0xab; 32]))));
        assert!(parse("ab").is_err());
    }
}
