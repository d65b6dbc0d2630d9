use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use futures_util::stream;
use shared::extract::{Operator, Query};
use shared::memories::admin::{self, Wanted};
use shared::{App, AppResult};

use super::memories::MemoryQuery;

/// Memories a step: at most 200 texts of 32,000 characters are in memory at once.
const STEP: u32 = 200;

/// Export memories as JSON lines, newest first: one memory a line, all that the filters leave. Words and tags give one page of the
/// best 200.
#[utoipa::path(get, path = "/admin/mcp/memories/export", params(MemoryQuery),
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
pub async fn export_memories(_who: Operator, State(app): State<App>, Query(query): Query<MemoryQuery>) -> AppResult<impl IntoResponse> {
    let wanted = query.wanted()?;
    // The first step is read here, so that what fails at once is an answer and no torn file.
    let first = step(&app, wanted).await?;
    let lines = stream::unfold(Some((app, first)), |state| async move {
        let (app, (text, next)) = state?;
        let after = match next {
            None => None,
            Some(wanted) => match step(&app, wanted).await {
                Ok(following) => Some((app, following)),
                Err(error) => return Some((Err(std::io::Error::other(error)), None)),
            },
        };
        Some((Ok(text), after))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CONTENT_DISPOSITION, "attachment; filename=\"memories.jsonl\"")];
    Ok((kind, Body::from_stream(lines)))
}

/// The lines of one step, and what is looked for next.
async fn step(app: &App, wanted: Wanted) -> AppResult<(Bytes, Option<Wanted>)> {
    let (memories, more) = admin::list(app, &wanted, STEP).await?;
    let mut text = String::new();
    for memory in &memories {
        text.push_str(&serde_json::to_string(memory).map_err(shared::AppError::internal)?);
        text.push('\n');
    }
    let goes_on = more && wanted.text.is_empty() && wanted.tags.is_empty();
    let next = memories.last().filter(|_| goes_on).map(|last| Wanted { before: Some(last.record_id), ..wanted });
    Ok((text.into(), next))
}
