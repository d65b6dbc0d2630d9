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
    let admitted = caller.clone();
    let tar = launch::answer(app, caller, &parts.manifest, parts.auth.as_deref(), &parts.here).await?;
    if parts.manifest.reason != Reason::DryRun {
        let address = admitted.by.address.map(|address| address.to_string());
        let sender = Sender { host: &admitted.who.host, address: address.as_deref(), user: &parts.manifest.user };
        let counted = sessions(app, sender, &parts.usage).await?;
        traffic::note(app, &admitted.who, counted.latest).await?;
    }
    Ok(([(header::CONTENT_TYPE, "application/x-tar")], tar).into_response())
}
