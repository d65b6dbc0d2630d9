use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::alerts::{deliver, sql, webhooks};
use shared::extract::{Operator, Path};
use shared::{App, AppError, AppResult, http};

use super::deliveries::DeliveryRow;

/// What became of the test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TestAnswer {
    /// `state` is `delivered`, or `waiting` when it is tried again.
    delivery: DeliveryRow,
}

/// Send a webhook a test now, and say what came of it.
#[utoipa::path(post, path = "/admin/alerts/webhooks/{id}/test", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<TestAnswer>)))]
pub async fn test_alert_webhook(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let delivery = webhooks::add_test(&app, &who.by, id).await?;
    deliver::attempt(&app, delivery).await?;
    let row = sql::delivery(&mut *app.db.acquire().await?, delivery).await?.ok_or(AppError::NotFound("webhook"))?;
    Ok(http::ok(TestAnswer { delivery: row.into() }))
}
