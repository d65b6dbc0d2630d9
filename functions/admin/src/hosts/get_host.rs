use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::{Path, Viewer};
use shared::hosts::list::{Filter, ListedHost, list};
use shared::{App, AppError, AppResult, http};

/// One host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OneHost {
    host: ListedHost,
}

/// Show one host, archived or not.
#[utoipa::path(get, path = "/admin/hosts/{id}", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<OneHost>)))]
pub async fn get_host(_who: Viewer, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let (hosts, _) = list(&app, &Filter { id: Some(id), ..Filter::default() }, None).await?;
    let host = hosts.into_iter().next().ok_or(AppError::NotFound("host"))?;
    Ok(http::ok(OneHost { host }))
}
