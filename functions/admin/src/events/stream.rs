use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use shared::changes::Marks;
use shared::extract::Viewer;
use shared::{App, AppResult};
use tokio::time::{Instant, sleep};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// A stream ends after this, and its reader asks again: who may no longer look then learns it.
const LASTS: Duration = Duration::from_mins(5);
/// A proxy takes a connection for dead after a minute of silence.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

struct Following {
    app: App,
    /// `None`: nothing was told yet.
    known: Option<Marks>,
    until: Instant,
}

/// Follow what changes: each event is a list of topics, never what changed. It ends after five minutes; ask again then. Where an
/// answer cannot last (on Lambda), 204: ask from time to time instead.
#[utoipa::path(get, path = "/admin/events", responses(
    (status = 200, body = String, content_type = "text/event-stream", description = "Events `changed` with a JSON list of audit, fleet, \
        hosts, usage, mcp, jobs, quota, alerts and login; the first list is empty"),
    (status = 204, description = "Not here")))]
pub async fn stream_events(_who: Viewer, State(app): State<App>) -> AppResult<Response> {
    if !app.config.streams {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let following = Following { app, known: None, until: Instant::now() + LASTS };
    let events = stream::unfold(following, async |mut following| {
        let topics = following.next().await?;
        let event = Event::default().event("changed").json_data(topics).ok()?;
        Some((Ok::<_, Infallible>(event), following))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response())
}

impl Following {
    /// The topics that moved, as soon as one has; `None`: the stream is over, or the database did not answer.
    async fn next(&mut self) -> Option<Vec<&'static str>> {
        loop {
            if self.known.is_some() {
                let mut stopping = self.app.stopping.subscribe();
                tokio::select! {
                    () = sleep(EVERY) => {}
                    _ = stopping.wait_for(|stopping| *stopping) => return None,
                }
            }
            if Instant::now() >= self.until {
                return None;
            }
            let marks = look(self.app.clone()).await?;
            let topics = self.known.as_ref().map(|known| marks.since(known));
            self.known = Some(marks);
            match topics {
                None => return Some(Vec::new()),
                Some(topics) if !topics.is_empty() => return Some(topics),
                Some(_) => {}
            }
        }
    }
}

/// By itself: who stops following must not cut a question to the database in half.
async fn look(app: App) -> Option<Marks> {
    let looked = tokio::spawn(async move { Marks::read(&mut *app.db.acquire().await?).await });
    looked.await.ok()?.ok()
}
