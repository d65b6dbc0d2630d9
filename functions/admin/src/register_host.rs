use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Json, Operator};
use shared::hosts::fqdn::Fqdn;
use shared::hosts::register::{Registration, register};
use shared::hosts::view::{HostBlock, atom};
use shared::{App, AppError, AppResult, http, shell};

/// A host to register, or to give a new key.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RegisterHost {
    fqdn: String,
    secure: Option<bool>,
    vip: Option<bool>,
    temporary: Option<bool>,
    curl_insecure: Option<bool>,
}

/// The host, with its key: shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisteredHost {
    id: u64,
    #[serde(flatten)]
    host: HostBlock,
    curl_insecure: bool,
    api_key: String,
}

/// How to install it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Installer {
    token: String,
    url: String,
    command: String,
    expires_at: String,
}

/// Both.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisterAnswer {
    host: RegisteredHost,
    installer: Installer,
}

/// Register a host. For a known name this mints a new key and installer; the old key works until the new one was used.
#[utoipa::path(post, path = "/admin/hosts/register", request_body = RegisterHost,
    responses((status = 200, body = http::Envelope<RegisterAnswer>), (status = 400), (status = 401), (status = 403), (status = 409), (status = 415), (status = 422)))]
pub async fn register_host(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<RegisterHost>,
) -> AppResult<impl IntoResponse> {
    let fqdn = Fqdn::parse(&body.fqdn).map_err(|why| AppError::invalid("fqdn", why))?;
    let wanted = Registration { fqdn, secure: body.secure, vip: body.vip, temporary: body.temporary, curl_insecure: body.curl_insecure };
    let done = register(&app, &who.name, &wanted).await?;
    let url = format!("{}/install/{}", app.config.public_base_url, done.installer);
    let insecure = if done.host.curl_insecure { " -k" } else { "" };
    // Without -f: a link that no longer works answers with a script that says so.
    let command = format!("curl -sSL{insecure} {} | sh", shell::quote(&url));
    Ok(http::ok(RegisterAnswer {
        host: RegisteredHost {
            id: done.host.id,
            curl_insecure: done.host.curl_insecure,
            api_key: done.key.reveal().to_owned(),
            host: HostBlock::from(&done.host),
        },
        installer: Installer { token: done.installer, url, command, expires_at: atom(done.expires_at) },
    }))
}
