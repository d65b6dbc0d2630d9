use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::auth::exposure::{Exposure, live};
use shared::auth::sql::generation;
use shared::extract::Viewer;
use shared::hosts::view::{atom_or_null, atom_text};
use shared::{App, AppResult, http};

/// More hosts than this are not listed.
const MOST: u32 = 20_000;

/// Who holds what.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExposureList {
    /// The current login.
    generation: u64,
    /// Access tokens that may still work, newest login first.
    exposures: Vec<Exposed>,
}

/// One host that was given a login.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Exposed {
    generation: u64,
    host_id: u64,
    fqdn: String,
    /// The host is gone; its copy may not be.
    archived: bool,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    since: DateTime<Utc>,
    /// When the access token ends; null: it does not say.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    until: Option<DateTime<Utc>>,
    /// The host was given the refresh token too.
    refresh_token: bool,
}

impl From<Exposure> for Exposed {
    fn from(Exposure { generation, host_id, fqdn, archived, given_at, ends_at, direct }: Exposure) -> Self {
        Self { generation, host_id, fqdn, archived, since: given_at, until: ends_at, refresh_token: direct }
    }
}

/// Which host holds which login, since when and until when.
#[utoipa::path(get, path = "/admin/auth/exposure", responses((status = 200, body = http::Envelope<ExposureList>)))]
pub async fn get_exposure(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let exposures = live(&mut conn, app.clock.now(), MOST).await?;
    Ok(http::ok(ExposureList { generation: generation(&mut conn).await?, exposures: exposures.into_iter().map(Exposed::from).collect() }))
}
