use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Json, Operator, Path, Viewer};
use shared::usage::Money;
use shared::usage::entry::MODEL_BYTES;
use shared::usage::prices::table::{self, Price, Unpriced};
use shared::usage::prices::{Rates, valid};
use shared::{App, AppError, AppResult, http};

/// What models cost.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Pricing {
    prices: Vec<Price>,
    /// Models with usage nobody knows the price of: it costs 0 until somebody names one.
    unpriced: Vec<Unpriced>,
}

/// A model's prices over time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PriceHistory {
    /// Newest first; the first one holds.
    prices: Vec<Price>,
}

/// What 1,000 tokens cost.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetPricing {
    /// Three capitals; absent: USD.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000)]
    input_per_1k: Money,
    #[schema(minimum = 0, maximum = 1_000_000)]
    output_per_1k: Money,
    /// Absent: 0.
    #[schema(minimum = 0, maximum = 1_000_000)]
    cached_per_1k: Option<Money>,
    /// Absent: what output costs.
    #[schema(minimum = 0, maximum = 1_000_000)]
    reasoning_per_1k: Option<Money>,
}

/// List what models cost, and the models without a price.
#[utoipa::path(get, path = "/admin/pricing", responses((status = 200, body = http::Envelope<Pricing>)))]
pub async fn list_pricing(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let (prices, unpriced) = table::all(&app).await?;
    Ok(http::ok(Pricing { prices, unpriced }))
}

/// Show what a model cost over time.
#[utoipa::path(get, path = "/admin/pricing/{model}", params(("model" = String, Path)),
    responses((status = 200, body = http::Envelope<PriceHistory>), (status = 404)))]
pub async fn get_pricing(_who: Viewer, State(app): State<App>, Path(model): Path<String>) -> AppResult<impl IntoResponse> {
    let prices = table::history(&app, &model).await?;
    if prices.is_empty() {
        return Err(AppError::NotFound("price"));
    }
    Ok(http::ok(PriceHistory { prices }))
}

/// Name a model's price. It goes before any list; usage that waited for a price is costed with it.
#[utoipa::path(post, path = "/admin/pricing/{model}", params(("model" = String, Path)), request_body = SetPricing,
    responses((status = 200, body = http::Envelope<PriceHistory>)))]
pub async fn set_pricing(
    Operator(who): Operator,
    State(app): State<App>,
    Path(model): Path<String>,
    Json(body): Json<SetPricing>,
) -> AppResult<impl IntoResponse> {
    if model.len() > MODEL_BYTES || model.chars().any(char::is_control) {
        return Err(AppError::invalid("model", format!("model must be at most {MODEL_BYTES} bytes, without control characters")));
    }
    let amount =
        |field: &str, money: Money| valid(money.0).ok_or_else(|| AppError::invalid(field, format!("{field} must be from 0 to 1,000,000")));
    let currency = body.currency.unwrap_or_else(|| "USD".to_owned());
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(AppError::invalid("currency", "currency must be three capitals, like USD"));
    }
    let output = amount("output_per_1k", body.output_per_1k)?;
    let rates = Rates {
        currency,
        input: amount("input_per_1k", body.input_per_1k)?,
        cached: amount("cached_per_1k", body.cached_per_1k.unwrap_or_default())?,
        output,
        reasoning: body.reasoning_per_1k.map_or(Ok(output), |money| amount("reasoning_per_1k", money))?,
    };
    table::set(&app, &who.by, &model, &rates).await?;
    Ok(http::ok(PriceHistory { prices: table::history(&app, &model).await? }))
}

/// Take back an operator's price: the list, the environment or what is built in counts again.
#[utoipa::path(delete, path = "/admin/pricing/{model}", params(("model" = String, Path)),
    responses((status = 200, body = http::Envelope<PriceHistory>), (status = 404)))]
pub async fn delete_pricing(Operator(who): Operator, State(app): State<App>, Path(model): Path<String>) -> AppResult<impl IntoResponse> {
    table::unset(&app, &who.by, &model).await?;
    Ok(http::ok(PriceHistory { prices: table::history(&app, &model).await? }))
}
