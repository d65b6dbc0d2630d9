//! Who changed what: append-only.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::MySqlConnection;

/// Appends one entry, in the transaction of the change it tells of. `details` holds no secret.
pub async fn record(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    actor: &str,
    action: &str,
    target: &str,
    details: Value,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO audit (actor, action, target, details, created_at) VALUES (?, ?, ?, ?, ?)")
        .bind(actor)
        .bind(action)
        .bind(target)
        .bind(details.to_string())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
