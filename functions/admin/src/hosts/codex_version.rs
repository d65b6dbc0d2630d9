use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator, Path};
use shared::hosts::edit::edit;
use shared::versions::check;
use shared::{App, AppError, AppResult, http, versions};

use super::answer::ChangedHost;

/// A version; null, empty, `global`, `fleet` or `default`: the fleet's.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct HostCodexVersion {
    #[serde(alias = "client_version_override")]
    selection: Option<String>,
}

/// Pin one host to a Codex version, or let it follow the fleet. A version that upstream does not have is refused.
#[utoipa::path(post, path = "/admin/hosts/{id}/codex-version", params(("id" = u64, Path)), request_body = Option<HostCodexVersion>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_codex_version(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<HostCodexVersion>,
) -> AppResult<impl IntoResponse> {
    let pin = match body.selection.as_deref().map(str::trim) {
        None | Some("" | "global" | "fleet" | "default") => None,
        Some(text) => Some(
            versions::normalise(text)
                .filter(|version| versions::is_release(version))
                .ok_or_else(|| AppError::invalid("selection", "selection must be fleet, or a version like 0.169.0"))?,
        ),
    };
    if let Some(version) = &pin {
        match check::ensure(&app, "selection", version).await {
            // Whether it exists is not known now; the scheduler fetches its files as soon as upstream answers.
            Err(AppError::Upstream(why)) => tracing::warn!(why, "the files of codex {version} are not known yet"),
            other => other?,
        }
    }
    let host = edit(&app, &who.by, id, "admin.host.client_version_override", |host| {
        host.client_version_override = pin;
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
