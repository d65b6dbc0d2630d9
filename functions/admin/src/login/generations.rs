use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::auth::sql::{Generation, generations};
use shared::extract::{Query, RowId, Viewer};
use shared::{App, AppResult, http};

/// Logins a page.
const PAGE: u32 = 50;

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GenerationQuery {
    /// Older than this generation: `next` of the page before.
    #[param(value_type = Option<i64>, minimum = 0)]
    before: Option<RowId>,
}

/// A page of logins, newest first; the first of the first page is the current one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GenerationPage {
    generations: Vec<Generation>,
    /// Pass it as `before` for the next page; null: there is none.
    next: Option<u64>,
}

/// List every login this server had, and where each came from.
#[utoipa::path(get, path = "/admin/auth/generations", params(GenerationQuery), responses((status = 200, body = http::Envelope<GenerationPage>)))]
pub async fn list_generations(_who: Viewer, State(app): State<App>, Query(query): Query<GenerationQuery>) -> AppResult<impl IntoResponse> {
    let before = query.before.map(|before| before.0);
    let mut generations = generations(&mut *app.db.acquire().await?, before, PAGE + 1).await?;
    let more = generations.len() > PAGE as usize;
    generations.truncate(PAGE as usize);
    let next = generations.last().filter(|_| more).map(|last| last.generation);
    Ok(http::ok(GenerationPage { generations, next }))
}
