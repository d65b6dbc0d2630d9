//! Client certificates that administer. A CA says that a certificate is genuine; this list says what it may do.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::tokens::{Listed, keep_an_owner};
use super::{Principal, Role, sql};
use crate::audit::{Actor, Change};
use crate::client::Fingerprint;
use crate::hosts::view::atom;
use crate::{App, AppError, AppResult};

/// A certificate as lists show it. Its fingerprint is no secret: presenting it proves nothing.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Certificate {
    #[serde(flatten)]
    #[sqlx(flatten)]
    listed: Listed,
    /// SHA-256 of the DER form, 64 hex digits.
    #[sqlx(rename = "fingerprint_hex")]
    fingerprint: String,
}

impl Certificate {
    /// Registers a certificate. One that is known is 409.
    pub async fn register(
        app: &App,
        by: &Actor,
        name: &str,
        role: Role,
        fingerprint: Fingerprint,
        expires_at: Option<DateTime<Utc>>,
    ) -> AppResult<u64> {
        let mut change = Change::begin(app, by).await?;
        let id =
            sql::insert_certificate(&mut change, app.clock.now(), name, role, &fingerprint, expires_at).await.map_err(
                |error| match &error {
                    sqlx::Error::Database(db) if db.is_unique_violation() => AppError::Conflict {
                        code: "certificate_known",
                        message: "this certificate was registered before: revoke it, or use another one".to_owned(),
                    },
                    _ => error.into(),
                },
            )?;
        let after = serde_json::json!({
            "id": id, "role": role, "fingerprint": hex::encode(fingerprint.0), "expires_at": expires_at.map(atom),
        });
        change.record("admin.access.certificate.create", name, (), after);
        change.commit().await?;
        Ok(id)
    }

    /// All certificates, newest first.
    pub async fn list(app: &App) -> AppResult<Vec<Self>> {
        let mut conn = app.db.acquire().await?;
        Ok(sql::certificates(&mut conn).await?)
    }

    /// Revokes a certificate; the last owner stays.
    pub async fn revoke(app: &App, who: &Principal, id: u64) -> AppResult<()> {
        let mut change = Change::begin(app, &who.by).await?;
        revoke(app, &mut change, id).await?;
        change.commit().await
    }

    /// Revokes the certificate with this fingerprint; one that may not administer is left alone.
    pub async fn forget(app: &App, by: &Actor, fingerprint: Fingerprint) -> AppResult<()> {
        let mut change = Change::begin(app, by).await?;
        if let Some(id) = sql::certificate_with(&mut change, fingerprint).await? {
            revoke(app, &mut change, id).await?;
        }
        change.commit().await
    }
}

async fn revoke(app: &App, change: &mut Change, id: u64) -> AppResult<()> {
    let name = sql::revoke_certificate(change, app.clock.now(), id).await?.ok_or(AppError::NotFound("certificate"))?;
    keep_an_owner(app, change).await?;
    change.record("admin.access.certificate.revoke", name, (), serde_json::json!({ "id": id }));
    Ok(())
}
