use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Flag, Json, Operator};
use shared::hosts::fqdn::Fqdn;
use shared::hosts::register::{Registration, register};
use shared::hosts::view::{HostDetail, atom};
use shared::{App, AppError, AppResult, http, shell};

/// A host to register, or to give a new key. What is absent stays as it is on a host that is known.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RegisterHost {
    #[schema(max_length = 253, pattern = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$")]
    fqdn: String,
    secure: Option<Flag>,
    vip: Option<Flag>,
    temporary: Option<Flag>,
    curl_insecure: Option<Flag>,
    force_ipv4: Option<Flag>,
}

/// The host, with its key: shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisteredHost {
    #[serde(flatten)]
    host: HostDetail,
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

/// Register a host. For a known name this mints a new key and installer; the old key works until the new one was used,
/// and using it binds the host to where it is then. A removed host comes back with its history.
#[utoipa::path(post, path = "/admin/hosts/register", request_body = RegisterHost,
    responses((status = 200, body = http::Envelope<RegisterAnswer>)))]
pub async fn register_host(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<RegisterHost>,
) -> AppResult<impl IntoResponse> {
    let fqdn = Fqdn::parse(&body.fqdn).map_err(|why| AppError::invalid("fqdn", why))?;
    let on = |flag: Option<Flag>| flag.map(|Flag(on)| on);
    let wanted = Registration {
        fqdn,
        secure: on(body.secure),
        vip: on(body.vip),
        temporary: on(body.temporary),
        curl_insecure: on(body.curl_insecure),
        force_ipv4: on(body.force_ipv4),
    };
    let done = register(&app, &who.by, &wanted).await?;
    let url = format!("{}/install/{}", app.config.public_base_url, done.installer);
    let flags = format!("{}{}", if done.host.curl_insecure { " -k" } else { "" }, if done.host.force_ipv4 { " -4" } else { "" });
    // Without -f: a link that no longer works answers with a script that says so.
    let command = format!("curl -sSL{flags} {} | sh", shell::quote(&url));
    Ok(http::ok(RegisterAnswer {
        host: RegisteredHost { host: HostDetail::from(&done.host), api_key: done.key.reveal().to_owned() },
        installer: Installer { token: done.installer, url, command, expires_at: atom(done.expires_at) },
    }))
}
