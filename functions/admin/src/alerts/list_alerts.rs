use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::value::RawValue;
use shared::alerts::sql::{Row, list_ended, list_open};
use shared::extract::Viewer;
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

/// What holds, and what held lately.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Alerts {
    /// Newest first.
    open: Vec<Alert>,
    /// The last that ended, newest first, at most 100.
    recent: Vec<Alert>,
}

/// A condition.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Alert {
    id: u64,
    kind: String,
    /// What it is about; of each kind and subject one is open at a time.
    subject: String,
    summary: String,
    #[schema(value_type = Object)]
    details: Option<Box<RawValue>>,
    opened_at: String,
    ended_at: Option<String>,
}

impl From<Row> for Alert {
    fn from(row: Row) -> Self {
        let Row { id, kind, subject, summary, details, opened_at, ended_at } = row;
        let details = RawValue::from_string(details).ok();
        Self { id, kind, subject, summary, details, opened_at: atom(opened_at), ended_at: ended_at.map(atom) }
    }
}

/// List the conditions that hold, and those that ended last.
#[utoipa::path(get, path = "/admin/alerts", responses((status = 200, body = http::Envelope<Alerts>)))]
pub async fn list_alerts(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let open = list_open(&mut conn).await?.into_iter().map(Alert::from).collect();
    let recent = list_ended(&mut conn).await?.into_iter().map(Alert::from).collect();
    Ok(http::ok(Alerts { open, recent }))
}
