use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::extract::Path;
use shared::shell::bake;
use shared::single_use::{self, Purpose};
use shared::{App, AppError, AppResult, fleet};

use crate::script::{or_refusal, script};

/// A script that uploads the login of the machine it runs on. Fetching it spends nothing.
#[utoipa::path(get, path = "/seed/auth/{token}", params(("token" = String, Path)),
    responses((status = 200, content_type = "text/x-shellscript", body = String), (status = 404, content_type = "text/x-shellscript", body = String),
        (status = 410, content_type = "text/x-shellscript", body = String), (status = 503, content_type = "text/x-shellscript", body = String)))]
pub async fn get_seed(State(app): State<App>, Path(token): Path<String>) -> Response {
    or_refusal("seed link", seed(&app, &token).await)
}

async fn seed(app: &App, token: &str) -> AppResult<Response> {
    let mut conn = app.db.acquire().await?;
    if fleet::get(&mut conn).await?.api_disabled {
        return Err(AppError::Disabled);
    }
    let live = single_use::find(&mut conn, app.clock.now(), Purpose::Seed, token).await?;
    let url = format!("{}/seed/auth/{token}", app.config.public_base_url);
    let text = bake(include_str!("../scripts/seed.sh"), &[("__CDX_SEED_URL__", &url)]);
    Ok(script(StatusCode::OK, text, Some(("x-seed-expires-at", live.expires_at))))
}
