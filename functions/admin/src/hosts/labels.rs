use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator, Path, short_text};
use shared::hosts::edit::edit;
use shared::hosts::labels;
use shared::{App, AppError, AppResult, http};

use super::answer::ChangedHost;

/// Up to 32 letters, digits and `. _ : / -`; upper case becomes lower case.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(pattern = "^[A-Za-z0-9._:/-]{0,32}$")]
pub struct Tag(String);

/// What is absent stays as it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Labels {
    #[schema(max_items = 32)]
    tags: Option<Vec<Tag>>,
    #[schema(max_length = 2000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    notes: Option<String>,
}

/// Tag a host and write notes about it.
#[utoipa::path(post, path = "/admin/hosts/{id}/labels", params(("id" = u64, Path)), request_body = Option<Labels>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_labels(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Labels>,
) -> AppResult<impl IntoResponse> {
    let tags = body
        .tags
        .map(|tags| labels::store(tags.iter().map(|Tag(tag)| tag.as_str())).map_err(|why| AppError::invalid("tags", why)))
        .transpose()?;
    let notes = body.notes.map(|notes| short_text("notes", Some(&notes), labels::MAX_NOTES)).transpose()?;
    let host = edit(&app, &who.by, id, "admin.host.labels", |host| {
        host.tags = tags.unwrap_or(std::mem::take(&mut host.tags));
        host.notes = notes.map_or_else(|| std::mem::take(&mut host.notes), Option::unwrap_or_default);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
