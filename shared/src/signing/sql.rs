//! The keys, oldest first.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

/// One key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// SHA-256 of `public_pem`.
    pub fingerprint: String,
    /// As hosts have it.
    pub public_pem: String,
    /// Of the newest only.
    pub private_sealed: Option<String>,
    /// What the key before says of this one.
    pub endorsement: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// All keys; a fleet has a handful.
pub async fn all(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Row>> {
    let sql = "SELECT fingerprint, public_pem, private_sealed, endorsement, created_at FROM signing_keys ORDER BY id";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// The turn to make a key, until the transaction ends.
pub async fn lock(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT signing_key FROM fleet WHERE id = 1 FOR UPDATE").execute(conn).await?;
    Ok(())
}

/// Adds the key that signs from now on; the one before signs no more.
pub async fn add(conn: &mut MySqlConnection, row: &Row) -> sqlx::Result<()> {
    sqlx::query("UPDATE signing_keys SET private_sealed = NULL").execute(&mut *conn).await?;
    let sql = "INSERT INTO signing_keys (fingerprint, public_pem, private_sealed, endorsement, created_at) VALUES (?, ?, ?, ?, ?)";
    let insert = sqlx::query(sql).bind(&row.fingerprint).bind(&row.public_pem).bind(&row.private_sealed);
    insert.bind(&row.endorsement).bind(row.created_at).execute(&mut *conn).await?;
    sqlx::query("UPDATE fleet SET signing_key = ? WHERE id = 1").bind(&row.fingerprint).execute(conn).await?;
    Ok(())
}
