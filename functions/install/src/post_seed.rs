use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::audit::Change;
use shared::auth::canonical::Login;
use shared::auth::decide::{Authority, Store};
use shared::auth::document::Node;
use shared::auth::schema::LoginDocument;
use shared::auth::sql::Source;
use shared::auth::store::store;
use shared::extract::{Client, Path, RawBody};
use shared::single_use::{self, Purpose};
use shared::{App, AppError, AppResult, fleet, http};

/// What became of the upload. It never tells what the server holds: the link may write, not read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Seeded {
    status: &'static str,
    canonical_last_refresh: String,
    canonical_digest: String,
}

/// Take in the login. The link is spent only when the login is accepted, in the same transaction.
#[utoipa::path(post, path = "/seed/auth/{token}", params(("token" = String, Path)), request_body = LoginDocument,
    responses((status = 200, body = http::Envelope<Seeded>), (status = 404), (status = 410)))]
pub async fn post_seed(
    Client(client): Client,
    State(app): State<App>,
    Path(token): Path<String>,
    RawBody(bytes): RawBody,
) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    let mut change = Change::begin(&app, &client.actor("link", "seed link")).await?;
    if fleet::get(&mut change).await?.api_disabled {
        return Err(AppError::Disabled);
    }
    let live = single_use::find(&mut change, now, Purpose::Seed, &token).await?;
    let node = Node::parse(&bytes).map_err(AppError::Undecodable)?;
    let document = match node.get("auth") {
        Some(inner @ Node::Object(_)) => inner.clone(),
        Some(Node::Null) | None => node,
        Some(_) => return Err(AppError::invalid("auth", "auth.json payload must be an object")),
    };
    let login = Login::parse(document, app.config.token_min_length, now).map_err(AppError::Invalid)?;
    let (decision, _) = store(&app, &mut change, &login, Source::Seed, Authority::Trusted).await?;
    if decision != Store::Outdated {
        single_use::consume(&mut change, now, live.id).await?;
    }
    change.commit().await?;
    Ok(http::ok(Seeded { status: decision.name(), canonical_last_refresh: login.last_refresh, canonical_digest: login.digest }))
}
