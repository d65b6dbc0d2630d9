use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator, Path, short_text};
use shared::hosts::edit::edit;
use shared::{App, AppResult, http};

use super::answer::ChangedHost;

/// What this host uses instead of the fleet's; null or absent: the fleet's.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ModelOverrides {
    #[schema(max_length = 128, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    model_override: Option<String>,
    #[schema(max_length = 32, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    reasoning_effort_override: Option<String>,
}

/// Give a host its own model and reasoning effort, or the fleet's.
#[utoipa::path(post, path = "/admin/hosts/{id}/model", params(("id" = u64, Path)), request_body = Option<ModelOverrides>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_model(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<ModelOverrides>,
) -> AppResult<impl IntoResponse> {
    let model = short_text("model_override", body.model_override.as_deref(), 128)?;
    let effort = short_text("reasoning_effort_override", body.reasoning_effort_override.as_deref(), 32)?;
    let host = edit(&app, &who.by, id, "admin.host.model_overrides", |host| {
        (host.model_override, host.reasoning_effort_override) = (model, effort);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
