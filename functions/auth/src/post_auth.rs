use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use indexmap::IndexMap;
use serde::Deserialize;
use shared::audit::{Actor, Change};
use shared::auth::canonical::{Login, parse_last_refresh};
use shared::auth::decide::{self, Authority, Current, Retrieve, Store};
use shared::auth::document::Node;
use shared::auth::host_view;
use shared::auth::schema::AuthRequest;
use shared::auth::sql::Source;
use shared::auth::store::store;
use shared::crypto::is_sha256;
use shared::extract::{Caller, Query, RawBody};
use shared::hosts::contact::{self, Report};
use shared::hosts::gate::{Admitted, presented};
use shared::hosts::{Identity, sql};
use shared::wrapper::TakeOver;
use shared::{App, AppError, AppResult, http, signing, versions};

use crate::response::{AuthAnswer, Outcome, answer};

/// Versions may come in the query instead of the body.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
pub struct VersionQuery {
    client_version: Option<String>,
    cdx_version: Option<String>,
    wrapper_version: Option<String>,
}

/// Members of a request that are not part of the login when it is given at the top level.
const REQUEST_FIELDS: [&str; 9] =
    ["command", "client_version", "cdx_version", "wrapper_version", "installation_id", "digest", "auth_digest", "auth_sha", "auth"];

/// Bring the host's login up to date (`retrieve`), or offer a new one (`store`).
#[utoipa::path(post, path = "/auth", request_body = AuthRequest, responses((status = 200, body = http::Envelope<AuthAnswer>)))]
pub async fn post_auth(
    Caller(Admitted { mut who, by }): Caller,
    State(app): State<App>,
    Query(query): Query<VersionQuery>,
    headers: HeaderMap,
    RawBody(bytes): RawBody,
) -> AppResult<impl IntoResponse> {
    let body = parse(&bytes)?;
    check_installation(&app, &body)?;
    let codex =
        text(&body, "client_version").or(query.client_version.as_deref()).or(query.cdx_version.as_deref()).and_then(versions::normalise);
    let wrapper = text(&body, "wrapper_version").or(query.wrapper_version.as_deref()).and_then(versions::normalise);
    let command = text(&body, "command").map_or_else(|| "retrieve".to_owned(), str::to_lowercase);
    if !matches!(command.as_str(), "retrieve" | "store") {
        return Err(AppError::invalid("command", "command must be retrieve or store"));
    }
    let holds_login = command == "retrieve" && digest(&body).is_some_and(|digest| holds(&who, &digest));
    let report = Report { codex: codex.as_deref(), wrapper: wrapper.as_deref(), holds_login, ..Report::PLAIN };
    contact::note(&app, &mut who.host, report).await?;
    let take_over = match presented(&headers).filter(|_| wrapper.is_some()) {
        Some(key) => Some(TakeOver::new(&app, &who.host, key, &*signing::signer(&app, &who.fleet).await?)),
        None => None,
    };
    let answer = if command == "store" {
        store_login(&app, who, &by, body, take_over).await?
    } else {
        retrieve(&app, who, &body, take_over).await?
    };
    Ok(http::ok(answer))
}

fn parse(bytes: &[u8]) -> AppResult<IndexMap<String, Node>> {
    if bytes.is_empty() {
        return Ok(IndexMap::new());
    }
    match Node::parse(bytes).map_err(AppError::Undecodable)? {
        Node::Object(map) => Ok(map),
        _ => Ok(IndexMap::new()),
    }
}

fn text<'a>(body: &'a IndexMap<String, Node>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Node::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn check_installation(app: &App, body: &IndexMap<String, Node>) -> AppResult<()> {
    match text(body, "installation_id") {
        Some(id) if id != app.config.installation_id => Err(AppError::refused("installation_mismatch", "Installation ID mismatch")),
        _ => Ok(()),
    }
}

/// The digest the host claims, in its three spellings.
fn digest(body: &IndexMap<String, Node>) -> Option<String> {
    ["digest", "auth_digest", "auth_sha"].iter().find_map(|name| text(body, name)).map(str::to_lowercase)
}

/// Whether that is the digest of the host's view of the current login.
fn holds(who: &Identity, digest: &str) -> bool {
    who.host.view_generation == who.fleet.auth_generation && who.host.view_digest.as_deref() == Some(digest)
}

async fn retrieve(app: &App, mut who: Identity, body: &IndexMap<String, Node>, take_over: Option<TakeOver>) -> AppResult<AuthAnswer> {
    let digest = digest(body).ok_or_else(|| AppError::invalid("digest", "digest is required"))?;
    if !is_sha256(&digest) {
        return Err(AppError::invalid("digest", "digest must be a 64-character hex sha256 value"));
    }
    let claimed = text(body, "last_refresh").ok_or_else(|| AppError::invalid("last_refresh", "last_refresh is required"))?;
    let claimed = parse_last_refresh(claimed, app.clock.now()).map_err(|why| AppError::invalid("last_refresh", why))?;
    if let Some(last_refresh) = who.canonical_last_refresh.clone().filter(|_| holds(&who, &digest)) {
        let outcome = Outcome {
            status: "valid",
            auth: None,
            canonical: Some((last_refresh, digest)),
            wants_store: false,
            is_store: false,
            take_over,
        };
        return answer(app, &who, outcome).await;
    }
    let view = host_view::for_host(app, &mut who).await?;
    let current =
        view.as_ref().map(|v| Current { view_digest: &v.shown.digest, digest: &v.login.digest, refreshed_at: v.login.refreshed_at });
    let decision = decide::retrieve(current, &digest, claimed);
    if let (Some(view), Retrieve::Outdated | Retrieve::Valid) = (&view, decision) {
        let mut conn = app.db.acquire().await?;
        sql::set_last_refresh(&mut conn, app.clock.now(), who.host.id, &view.login.last_refresh).await?;
    }
    let status = match decision {
        Retrieve::Missing => "missing",
        Retrieve::Valid => "valid",
        Retrieve::UploadRequired => "upload_required",
        Retrieve::Outdated => "outdated",
    };
    let outcome = Outcome {
        status,
        auth: view.as_ref().map(|v| &v.shown).filter(|_| decision == Retrieve::Outdated),
        canonical: view.as_ref().map(|v| (v.login.last_refresh.clone(), v.shown.digest.clone())),
        wants_store: matches!(decision, Retrieve::Missing | Retrieve::UploadRequired),
        is_store: false,
        take_over,
    };
    answer(app, &who, outcome).await
}

async fn store_login(
    app: &App,
    mut who: Identity,
    by: &Actor,
    mut body: IndexMap<String, Node>,
    take_over: Option<TakeOver>,
) -> AppResult<AuthAnswer> {
    let node = match body.shift_remove("auth") {
        Some(Node::Object(auth)) => Node::Object(auth),
        _ if body.contains_key("last_refresh") => {
            body.retain(|key, _| !REQUEST_FIELDS.contains(&key.as_str()));
            Node::Object(body)
        }
        _ => return Err(AppError::invalid("auth", "Auth payload is required")),
    };
    let login = Login::parse(node, app.config.token_min_length, app.clock.now()).map_err(AppError::Invalid)?;
    let mut change = Change::begin(app, by).await?;
    let (decision, generation) = store(app, &mut change, &login, Source::Host(who.host.id), Authority::Host).await?;
    change.commit().await?;
    who.fleet.auth_generation = generation;
    let view = host_view::for_host(app, &mut who).await?.ok_or_else(|| AppError::refused("no_login", "the server has no login yet"))?;
    let mut conn = app.db.acquire().await?;
    sql::set_last_refresh(&mut conn, app.clock.now(), who.host.id, &view.login.last_refresh).await?;
    drop(conn);
    who.host.last_refresh = Some(view.login.last_refresh.clone());
    // An unchanged login in other bytes gets its view back too: otherwise it would never compare equal.
    let needs_view = decision != Store::Unchanged || login.digest != view.shown.digest;
    let outcome = Outcome {
        status: decision.name(),
        auth: needs_view.then_some(&view.shown),
        canonical: Some((view.login.last_refresh.clone(), view.shown.digest.clone())),
        wants_store: false,
        is_store: true,
        take_over,
    };
    answer(app, &who, outcome).await
}
