//! The fleet's configuration for one host.

use super::store::{Stored, get};
use super::{Managed, Settings, Target, Version, render};
use crate::hosts::{self, Identity};
use crate::{App, AppError, AppResult};

/// What one host gets.
#[derive(Clone, Debug, Default)]
pub struct Baked {
    /// `config.toml`.
    pub config: String,
    /// Profiles in files of their own: name and text.
    pub profiles: Vec<(String, String)>,
    /// SHA-256 of the template it was made of.
    pub base_sha256: String,
    /// When that was stored, in the contract's form.
    pub updated_at: String,
}

/// Renders the current configuration for a host's Codex; `None`: there is none.
pub async fn bake(app: &App, who: &Identity, codex: Option<&str>) -> AppResult<Option<Baked>> {
    if who.fleet.config_version == 0 {
        return Ok(None);
    }
    let mut conn = app.db.acquire().await?;
    let Some(stored) = get(app, &mut conn, who.fleet.config_version).await? else { return Ok(None) };
    let managed = managed(app, &mut conn, who).await?;
    drop(conn);
    rendered(&stored, who, codex, managed).map(Some)
}

/// The server's own MCP endpoint with the key that this host has just shown; `None`: that key is on its way out.
async fn managed(app: &App, conn: &mut sqlx::MySqlConnection, who: &Identity) -> AppResult<Option<Managed>> {
    let Some((_, sealed)) = hosts::sql::sealed_key(conn, who.key_id).await? else { return Ok(None) };
    Ok(Some(Managed { base_url: app.config.public_base_url.clone(), key: app.config.keyring.open(&sealed)? }))
}

fn rendered(stored: &Stored, who: &Identity, codex: Option<&str>, managed: Option<Managed>) -> AppResult<Baked> {
    let settings = Settings::parse(&stored.settings).map_err(AppError::Invalid)?;
    let target = Target { codex: codex.and_then(Version::parse), managed, ..Target::of(&who.host) };
    let rendered = render(&settings, &target).map_err(AppError::Invalid)?;
    Ok(Baked {
        config: rendered.config,
        profiles: rendered.profiles,
        base_sha256: stored.line.sha256.clone(),
        updated_at: hosts::view::atom(stored.line.created_at),
    })
}
