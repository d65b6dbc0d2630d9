use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::alerts::webhooks::{self, Shown, Wish};
use shared::alerts::{sign::Secret, sql};
use shared::extract::{Flag, Json, Operator, Path};
use shared::{App, AppResult, http};

/// Who is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookList {
    webhooks: Vec<Shown>,
}

/// A webhook to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewWebhook {
    /// What operators call it: one line, one webhook of each name.
    #[schema(min_length = 1, max_length = 64, pattern = "^[ ]*[^ \\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$")]
    name: String,
    /// `https://…`, or `http://` to a loopback address.
    #[schema(max_length = 2000, pattern = "^[ ]*https?://")]
    url: String,
    /// What it is told; absent or empty: everything.
    #[schema(max_items = 64)]
    kinds: Option<Vec<String>>,
    enabled: Option<Flag>,
}

/// What should be different; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct WebhookChange {
    #[schema(min_length = 1, max_length = 64, pattern = "^[ ]*[^ \\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$")]
    name: Option<String>,
    #[schema(max_length = 2000, pattern = "^[ ]*https?://")]
    url: Option<String>,
    /// Empty: everything.
    #[schema(max_items = 64)]
    kinds: Option<Vec<String>>,
    enabled: Option<Flag>,
    /// A new key signs from now on, and is in the answer.
    rotate_secret: Option<Flag>,
}

/// A webhook; its key is shown when it is new.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookAnswer {
    webhook: Shown,
    /// What signs: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The webhook that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletedWebhook {
    deleted: u64,
}

fn flag(flag: Option<Flag>) -> Option<bool> {
    flag.map(|flag| flag.0)
}

/// List the webhooks. Their keys are not shown.
#[utoipa::path(get, path = "/admin/alerts/webhooks", responses((status = 200, body = http::Envelope<WebhookList>)))]
pub async fn list_alert_webhooks(_who: Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let all = sql::webhooks(&mut *app.db.acquire().await?).await?;
    let webhooks = all.iter().map(|webhook| webhook.shown(&app)).collect::<AppResult<_>>()?;
    Ok(http::ok(WebhookList { webhooks }))
}

/// Make a webhook. What holds already is not told to it; what opens or ends from now on is.
#[utoipa::path(post, path = "/admin/alerts/webhooks", request_body = NewWebhook,
    responses((status = 200, body = http::Envelope<WebhookAnswer>)))]
pub async fn create_alert_webhook(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<NewWebhook>,
) -> AppResult<impl IntoResponse> {
    let NewWebhook { name, url, kinds, enabled } = body;
    let wish = Wish { name: Some(name), url: Some(url), kinds, enabled: flag(enabled), rotate_secret: true };
    let (webhook, secret) = webhooks::create(&app, &who.by, wish).await?;
    Ok(http::ok(WebhookAnswer { webhook: webhook.shown(&app)?, secret: Some(secret.reveal().to_owned()) }))
}

/// Change a webhook.
#[utoipa::path(post, path = "/admin/alerts/webhooks/{id}", params(("id" = u64, Path)), request_body = WebhookChange,
    responses((status = 200, body = http::Envelope<WebhookAnswer>)))]
pub async fn update_alert_webhook(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<WebhookChange>,
) -> AppResult<impl IntoResponse> {
    let WebhookChange { name, url, kinds, enabled, rotate_secret } = body;
    let wish = Wish { name, url, kinds, enabled: flag(enabled), rotate_secret: flag(rotate_secret) == Some(true) };
    let (webhook, secret) = webhooks::update(&app, &who.by, id, wish).await?;
    let secret = secret.as_ref().map(Secret::reveal).map(str::to_owned);
    Ok(http::ok(WebhookAnswer { webhook: webhook.shown(&app)?, secret }))
}

/// Remove a webhook; what it has not been told yet is dropped.
#[utoipa::path(delete, path = "/admin/alerts/webhooks/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<DeletedWebhook>)))]
pub async fn delete_alert_webhook(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    webhooks::delete(&app, &who.by, id).await?;
    Ok(http::ok(DeletedWebhook { deleted: id }))
}
