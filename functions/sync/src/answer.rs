//! What `/sync` and `/push` have in common.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use shared::auth::proof::traffic;
use shared::hosts::gate::Admitted;
use shared::launch::{self, manifest::Reason};
use shared::usage::ingest::{Sender, sessions};
use shared::{App, AppResult};

use crate::parts::Parts;

/// Answers a launch and counts what came with it. Who repeats it changes nothing.
pub async fn answer(app: &App, caller: Admitted, parts: Parts) -> AppResult<Response> {
    let tells = !parts.usage.is_empty() && parts.manifest.reason != Reason::DryRun;
    let teller = tells.then(|| Box::new(caller.clone()));
    let tar = launch::answer(app, caller, &parts.manifest, parts.auth.as_deref(), &parts.here).await?;
    if let Some(teller) = teller {
        let latest = sessions(app, Sender::of(&teller, &parts.manifest.user), &parts.usage).await?;
        traffic::note(app, &teller.who, latest).await?;
    }
    Ok(([(header::CONTENT_TYPE, "application/x-tar")], tar).into_response())
}
