use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::alerts::sql::{self, Delivery};
use shared::extract::{Query, Viewer};
use shared::hosts::view::atom;
use shared::{App, AppError, AppResult, http};

/// The longest list.
const MAX_PAGE: u32 = 500;

/// Which deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// How many, default 100.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Waiting,
    Delivered,
    GivenUp,
}

impl DeliveryState {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// What webhooks were told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryList {
    /// Newest first.
    deliveries: Vec<DeliveryRow>,
}

/// One thing that one webhook is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryRow {
    /// The `id` in its body.
    id: String,
    webhook_id: u64,
    webhook: String,
    /// null: a test.
    condition_id: Option<u64>,
    kind: String,
    /// `opened`, `ended` or `test`.
    event: String,
    /// `waiting`, `delivered` or `given_up`.
    state: String,
    attempts: u16,
    /// null: there is none any more.
    next_attempt_at: Option<String>,
    /// HTTP status of the last answer.
    last_status: Option<u16>,
    /// Why there was none.
    last_error: Option<String>,
    created_at: String,
    settled_at: Option<String>,
}

impl From<Delivery> for DeliveryRow {
    fn from(row: Delivery) -> Self {
        let Delivery { public_id, webhook_id, webhook, condition_id, kind, event, state, attempts, last_status, last_error, .. } = row;
        Self {
            id: public_id,
            next_attempt_at: (state == "waiting").then(|| atom(row.next_attempt_at)),
            webhook_id,
            webhook,
            condition_id,
            kind,
            event,
            state,
            attempts,
            last_status,
            last_error,
            created_at: atom(row.created_at),
            settled_at: row.settled_at.map(atom),
        }
    }
}

/// List what webhooks were told, and whether it arrived.
#[utoipa::path(get, path = "/admin/alerts/deliveries", params(DeliveryQuery),
    responses((status = 200, body = http::Envelope<DeliveryList>)))]
pub async fn list_alert_deliveries(
    _who: Viewer,
    State(app): State<App>,
    Query(query): Query<DeliveryQuery>,
) -> AppResult<impl IntoResponse> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(AppError::invalid("limit", format!("limit must be from 1 to {MAX_PAGE}")));
    }
    let rows = sql::deliveries(&mut *app.db.acquire().await?, query.state.map(DeliveryState::name), limit).await?;
    Ok(http::ok(DeliveryList { deliveries: rows.into_iter().map(DeliveryRow::from).collect() }))
}
