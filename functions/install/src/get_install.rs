use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::extract::Path;
use shared::shell::bake;
use shared::single_use::{self, Purpose};
use shared::{App, AppError, AppResult, fleet, hosts, signing, wrapper};

use crate::script::{or_refusal, script};

/// The installer of one host. Fetching it spends nothing: it is spent when the installed `cdx` has synchronised.
#[utoipa::path(get, path = "/install/{token}", params(("token" = String, Path)),
    responses((status = 200, content_type = "text/x-shellscript", body = String), (status = 404, content_type = "text/x-shellscript", body = String),
        (status = 410, content_type = "text/x-shellscript", body = String), (status = 503, content_type = "text/x-shellscript", body = String)))]
pub async fn get_install(State(app): State<App>, Path(token): Path<String>) -> Response {
    or_refusal("installer", installer(&app, &token).await)
}

async fn installer(app: &App, token: &str) -> AppResult<Response> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    if fleet.api_disabled {
        return Err(AppError::Disabled);
    }
    let live = single_use::find(&mut conn, app.clock.now(), Purpose::Install, token).await?;
    let key_id = live.host_key_id.ok_or(AppError::NotFound("installer"))?;
    let (host_id, sealed) = hosts::sql::sealed_key(&mut conn, key_id).await?.ok_or(AppError::NotFound("installer"))?;
    let host = hosts::sql::find(&mut conn, host_id).await?.ok_or(AppError::NotFound("host"))?;
    drop(conn);
    let signer = signing::signer(app, &fleet).await?;
    let flag = |on: bool| if on { "1" } else { "0" };
    let text = bake(
        include_str!("../scripts/install.sh"),
        &[
            ("__CDX_BASE__", &app.config.public_base_url),
            ("__CDX_KEY__", &app.config.keyring.open(&sealed)?),
            ("__CDX_FQDN__", &host.fqdn),
            ("__CDX_INSTALLATION__", &app.config.installation_id),
            ("__CDX_IPV4__", flag(host.force_ipv4)),
            ("__CDX_INSECURE_TLS__", flag(host.curl_insecure)),
            ("__CDX_WRAPPER_SHA__", &wrapper::SHA256),
            ("__CDX_SIGNER__", &signer.baked()),
        ],
    );
    Ok(script(StatusCode::OK, text, Some(("x-installer-expires-at", live.expires_at))))
}
