use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Caller;
use shared::{AppResult, http, wrapper};

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

/// Download the current `cdx`: the same bytes for every host, no secret in them.
#[utoipa::path(get, path = "/wrapper/download", responses((status = 200, content_type = "text/x-shellscript", body = String)))]
pub async fn get_wrapper_download(_caller: Caller) -> AppResult<impl IntoResponse> {
    let headers = [
        (header::CONTENT_TYPE, "text/x-shellscript;charset=UTF-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"cdx-{}.sh\"", *wrapper::VERSION)),
        (header::ETAG, format!("\"{}\"", *wrapper::SHA256)),
        (header::HeaderName::from_static("x-sha256"), wrapper::SHA256.clone()),
    ];
    Ok((headers, wrapper::SCRIPT))
}
