use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator, Path, short_text};
use shared::hosts::edit::edit;
use shared::hosts::labels;
use shared::{App, AppError, AppResult, http};

use super::answer::ChangedHost;

/// What is absent stays as it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Labels {
    /// Up to 32 tags of up to 32 letters, digits and `. _ : / -`.
    #[schema(max_items = 32)]
    tags: Option<Vec<String>>,
    #[schema(max_length = 2000)]
    notes: Option<String>,
}

/// Tag a host and write notes about it.
#[utoipa::path(post, path = "/admin/hosts/{id}/labels", params(("id" = u64, Path)), request_body = Labels,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_labels(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Labels>,
) -> AppResult<impl IntoResponse> {
    let tags = body.tags.map(|tags| labels::store(&tags).map_err(|why| AppError::invalid("tags", why))).transpose()?;
    let notes = body.notes.map(|notes| short_text("notes", Some(&notes), labels::MAX_NOTES)).transpose()?;
    let host = edit(&app, &who.by, id, "admin.host.labels", |host| {
        host.tags = tags.unwrap_or(std::mem::take(&mut host.tags));
        host.notes = notes.map_or_else(|| std::mem::take(&mut host.notes), Option::unwrap_or_default);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
