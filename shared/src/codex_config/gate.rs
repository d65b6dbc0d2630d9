//! Before hosts get a configuration the real Codex reads it: one that would stop it is blocked, with Codex's own words.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::store::{Stored, get};
use super::{Managed, Settings, Target, Version, render, sql};
use crate::audit::{Actor, Change};
use crate::auth::proof::RunnerConfig;
use crate::{App, AppError, AppResult};

/// What a check said.
enum Said {
    Accepted,
    Refused(String),
    /// There was nobody to ask.
    Nothing(String),
}

#[derive(Deserialize)]
struct Codex {
    codex_version: Option<String>,
}

#[derive(Deserialize)]
struct Checked {
    accepted: bool,
    error: Option<String>,
}

/// Checks the newest version when that waits for it. Gives how many it checked.
pub async fn tend(app: &App) -> AppResult<u64> {
    let Some(config) = &app.config.runner else { return Ok(0) };
    let mut conn = app.db.acquire().await?;
    let Some(waiting) = sql::unchecked(&mut conn).await? else { return Ok(0) };
    let Some(stored) = get(app, &mut conn, waiting).await? else { return Ok(0) };
    drop(conn);
    let said = check(config, &app.config.public_base_url, &stored).await;
    conclude(app, &stored, said).await?;
    Ok(1)
}

async fn check(config: &RunnerConfig, base_url: &str, stored: &Stored) -> Said {
    let nothing = |error: reqwest::Error| Said::Nothing(format!("not checked: the runner did not answer ({})", error.without_url()));
    let version = match ask::<Codex>(config, "codex", None).await {
        Ok(codex) => codex.codex_version,
        Err(error) => return nothing(error),
    };
    let managed = Some(Managed::placeholder(base_url));
    let target = Target { codex: version.as_deref().and_then(Version::parse), managed, ..Target::default() };
    let rendered = Settings::parse(&stored.settings).and_then(|settings| render(&settings, &target));
    let files: BTreeMap<_, _> = match rendered {
        Ok(rendered) => rendered.profiles.into_iter().chain([("config.toml".to_owned(), rendered.config)]).collect(),
        Err(errors) => return Said::Refused(format!("it cannot be made for codex {}: {errors:?}", version.unwrap_or_default())),
    };
    match ask::<Checked>(config, "config", Some(json!({ "files": files }))).await {
        Ok(Checked { accepted: true, .. }) => Said::Accepted,
        Ok(Checked { error, .. }) => Said::Refused(format!("codex {}: {}", version.unwrap_or_default(), error.unwrap_or_default())),
        Err(error) => nothing(error),
    }
}

/// `AUTH_RUNNER_URL` names its `/verify`; the others lie beside it.
async fn ask<T: serde::de::DeserializeOwned>(config: &RunnerConfig, path: &str, body: Option<serde_json::Value>) -> reqwest::Result<T> {
    let url = format!("{}/{path}", config.url.strip_suffix("/verify").unwrap_or(&config.url).trim_end_matches('/'));
    let request = match body {
        None => config.request(Method::GET, &url, config.timeout)?,
        Some(body) => config.request(Method::POST, &url, config.timeout)?.json(&body),
    };
    request.send().await?.error_for_status()?.json().await
}

async fn conclude(app: &App, stored: &Stored, said: Said) -> AppResult<()> {
    match said {
        Said::Accepted => publish(app, &Actor::system("publish gate"), stored.line.version, None).await,
        // Nobody to ask is no reason to keep a fleet waiting: what is rendered was measured on real releases.
        Said::Nothing(why) => publish(app, &Actor::system("publish gate"), stored.line.version, Some(&why)).await,
        Said::Refused(why) => {
            let mut change = Change::begin(app, &Actor::system("publish gate")).await?;
            sql::lock(&mut change).await?;
            sql::set_state(&mut change, stored.line.version, "blocked", Some(&why)).await?;
            change.record("config.blocked", "config.toml", (), json!({ "version": stored.line.version, "problem": why }));
            change.commit().await
        }
    }
}

/// Lets hosts have a version, unless a newer one was stored meanwhile.
pub async fn publish(app: &App, by: &Actor, version: u64, problem: Option<&str>) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = sql::lock(&mut change).await?;
    let head = sql::head(&mut change).await?;
    if head != version {
        let message = format!("version {head} was stored since");
        return Err(AppError::Conflict { code: "not_the_newest", message });
    }
    sql::set_state(&mut change, version, "published", problem).await?;
    sql::set_current(&mut change, version).await?;
    change.record("config.publish", "config.toml", json!({ "version": before }), json!({ "version": version, "problem": problem }));
    change.commit().await
}
