use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Caller, Flag, Query};
use shared::hosts::gate::presented;
use shared::{App, AppResult, http, signing, wrapper};

/// The current `cdx`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WrapperInfo {
    version: &'static str,
    sha256: &'static str,
    size_bytes: usize,
    url: &'static str,
}

/// Describe the current `cdx`.
#[utoipa::path(get, path = "/wrapper", responses((status = 200, body = http::Envelope<WrapperInfo>)))]
pub async fn get_wrapper(_caller: Caller) -> AppResult<impl IntoResponse> {
    let info =
        WrapperInfo { version: *wrapper::VERSION, sha256: &wrapper::SHA256, size_bytes: wrapper::SCRIPT.len(), url: "/wrapper/download" };
    Ok(http::ok(info))
}

/// Which script.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuery {
    /// With the caller's settings and key, for a `cdx` that has no `host.conf` yet because another server installed it.
    settings: Option<Flag>,
}

/// Download the current `cdx`: the same bytes for every host and no secret in them, unless it is asked for with the host's settings.
#[utoipa::path(get, path = "/wrapper/download", params(DownloadQuery), responses((status = 200, content_type = "text/x-shellscript", body = String)))]
pub async fn get_wrapper_download(
    Caller(caller): Caller,
    State(app): State<App>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> AppResult<impl IntoResponse> {
    let wanted = query.settings.is_some_and(|flag| flag.0);
    let (sha256, script) = match presented(&headers).filter(|_| wanted) {
        Some(key) => {
            let signer = signing::signer(&app, &caller.who.fleet).await?;
            let take_over = wrapper::TakeOver::new(&app, &caller.who.host, key, &signer);
            (take_over.sha256(), take_over.script())
        }
        None => (wrapper::SHA256.clone(), wrapper::SCRIPT.to_owned()),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/x-shellscript;charset=UTF-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"cdx-{}.sh\"", *wrapper::VERSION)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::ETAG, format!("\"{sha256}\"")),
        (header::HeaderName::from_static("x-sha256"), sha256),
    ];
    Ok((headers, script))
}
