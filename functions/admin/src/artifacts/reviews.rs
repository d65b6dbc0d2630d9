use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::review::{self, Review, Take};
use shared::extract::{Json, Operator, Path, Viewer};
use shared::{App, AppResult, http};

/// What waits for an operator.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Reviews {
    /// Oldest first, at most 100.
    reviews: Vec<Review>,
}

/// List what hosts have pushed and nobody has decided, with all texts.
#[utoipa::path(get, path = "/admin/reviews", responses((status = 200, body = http::Envelope<Reviews>)))]
pub async fn list_reviews(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(Reviews { reviews: review::list(&app).await? }))
}

/// A decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Resolve {
    take: Take,
    /// With `take: text`: the text.
    text: Option<String>,
}

/// What was decided.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Resolved {
    resolved: u64,
    /// The version that was made; null: the fleet's text stays.
    version: Option<u32>,
}

/// Keep what the fleet has, take what the host has, or write a third text. Neither text is lost.
#[utoipa::path(post, path = "/admin/reviews/{id}/resolve", params(("id" = u64, Path)), request_body = Resolve,
    responses((status = 200, body = http::Envelope<Resolved>), (status = 409)))]
pub async fn resolve_review(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Resolve>,
) -> AppResult<impl IntoResponse> {
    let version = review::resolve(&app, &who.by, id, body.take, body.text.as_deref()).await?;
    Ok(http::ok(Resolved { resolved: id, version }))
}
