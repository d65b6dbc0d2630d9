//! One launch answered: login settled, versions named, a decision.

use super::bundle::Bundle;
use super::files::{self, Here};
use super::manifest::{Manifest, Reason};
use super::{stops, update};
use crate::audit::{Actor, Change};
use crate::auth::canonical::Login;
use crate::auth::decide::{Authority, Store};
use crate::auth::document::Node;
use crate::auth::mode::RefreshMode;
use crate::auth::sql::Source;
use crate::auth::{banner, host_view, store};
use crate::hosts::contact::{self, Report};
use crate::hosts::gate::Admitted;
use crate::hosts::{Identity, sql, users};
use crate::versions::assets::{self, Asset, Kind};
use crate::{App, AppError, AppResult, versions, wrapper};

/// How long the last answer allows launches without the server, in seconds.
const LEASE_SECURE: u32 = 604_800;
const LEASE_INSECURE: u32 = 86_400;

/// Answers `/sync` and `/push`. `attached` is the host's own `auth.json`, sent because it is not what it was given; `here`
/// are its other files.
pub async fn answer(app: &App, caller: Admitted, manifest: &Manifest, attached: Option<&[u8]>, here: &Here) -> AppResult<Vec<u8>> {
    let Admitted { mut who, by } = caller;
    if manifest.installation.as_ref().is_some_and(|id| *id != app.config.installation_id) {
        return Err(AppError::refused("installation_mismatch", "Installation ID mismatch"));
    }
    let now = app.clock.now();
    let mut bundle = Bundle::default();
    let (settled, mut notice) = settle(app, &mut who, &by, attached).await?;
    if notice.is_empty() && settled != Some("accepted") {
        notice = banner::for_hosts(&who.fleet);
    }
    let auth = login(app, &mut who, manifest, settled, &mut bundle).await?;
    let report = Report {
        codex: manifest.codex.as_deref(),
        wrapper: manifest.wrapper.as_deref(),
        attended: manifest.reason != Reason::Cron,
        holds_login: auth == "valid",
        ended: &manifest.ended,
        rollout: who.fleet.rollout_id,
    };
    contact::note(app, &mut who.host, report).await?;
    users::launched(app, &who.host, &manifest.user, &manifest.hostname).await?;
    codex(app, &who, manifest, &mut bundle).await?;
    let mut notices = Vec::from_iter(Some(notice).filter(|notice| !notice.is_empty()));
    if manifest.wants_files {
        notices.extend(files::settle(app, &mut who, &by, manifest, here, &mut bundle).await?);
    }
    update::give(app, &who, manifest, &mut bundle).await?;
    let opinions = stops::opinions(app, &who).await?;
    let stop = stops::stop(&opinions);
    // A stop is about running Codex: what only brings a host up to date goes on, and earns no launch without the server.
    let code = match stop {
        _ if auth == "missing" => "no_login",
        Some(stop) if manifest.reason.is_about_running() => stop.code,
        _ => "",
    };
    let lease = match (auth != "missing" && stop.is_none(), who.host.secure) {
        (false, _) => 0,
        (true, true) => LEASE_SECURE,
        (true, false) => LEASE_INSECURE,
    };
    bundle
        .var("decision", if code.is_empty() { "allow" } else { "deny" })
        .var("code", code)
        .var("now", &now.timestamp().to_string())
        .var("lease", &lease.to_string())
        .var("secure", flag(who.host.secure))
        .var("silent", flag(who.fleet.cdx_silent))
        .var("auth", auth)
        .var("auth_generation", &who.fleet.auth_generation.to_string())
        .var("auth_sha", who.host.view_digest.as_deref().unwrap_or(""))
        .var("wrapper_target", *wrapper::VERSION)
        .var("wrapper_sha", &wrapper::SHA256)
        .var("refresh_mode", RefreshMode::of(&who).name())
        .var("notice", &notices.join("; "));
    stops::tell(&opinions, &mut bundle);
    Ok(bundle.into_tar())
}

const fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

/// Takes in what the host attached. A login that cannot be used is not an error: the host gets its view back and is told.
async fn settle(app: &App, who: &mut Identity, by: &Actor, attached: Option<&[u8]>) -> AppResult<(Option<&'static str>, String)> {
    let Some(bytes) = attached else { return Ok((None, String::new())) };
    let login = match Node::parse(bytes) {
        Ok(node) => Login::parse(node, app.config.token_min_length, app.clock.now()).map_err(AppError::Invalid),
        Err(why) => Err(AppError::Undecodable(why)),
    };
    let login = match login {
        Ok(login) => login,
        Err(AppError::Invalid(errors)) => return Ok((Some("refused"), first_message(&errors))),
        Err(error) => return Ok((Some("refused"), format!("auth.json was not a login: {error}"))),
    };
    let mut change = Change::begin(app, by).await?;
    let (decision, generation) = store::store(app, &mut change, &login, Source::Host(who.host.id), Authority::Host).await?;
    change.commit().await?;
    who.fleet.auth_generation = generation;
    let status = match decision {
        Store::Updated => "accepted",
        Store::Unchanged => "updated",
        Store::Outdated | Store::AccountMismatch | Store::Quarantined | Store::Rejected => "outdated",
    };
    let notice = match decision {
        Store::Quarantined => "the login found here is being proven: until then this host runs with the fleet's",
        Store::Rejected => "the login found here was tried and does not work: this host runs with the fleet's",
        _ => "",
    };
    Ok((Some(status), notice.to_owned()))
}

fn first_message(errors: &crate::error::FieldErrors) -> String {
    let first = errors.iter().next().map(|(field, messages)| format!("{field}: {}", messages.join(", ")));
    format!("auth.json was not a login: {}", first.unwrap_or_default())
}

/// Gives the host its view unless it holds it already; the common case reads nothing more.
async fn login(
    app: &App,
    who: &mut Identity,
    manifest: &Manifest,
    settled: Option<&'static str>,
    bundle: &mut Bundle,
) -> AppResult<&'static str> {
    let generation = who.fleet.auth_generation;
    if generation == 0 {
        return Ok("missing");
    }
    let holds = who.host.view_generation == generation && manifest.auth_sha.is_some() && manifest.auth_sha == who.host.view_digest;
    if settled.is_none() && holds {
        return Ok("valid");
    }
    let Some(view) = host_view::for_host(app, who).await? else { return Ok("missing") };
    let mut conn = app.db.acquire().await?;
    sql::set_last_refresh(&mut conn, app.clock.now(), who.host.id, &view.login.last_refresh).await?;
    if settled.is_none() && manifest.auth_sha.as_deref() == Some(view.shown.digest.as_str()) {
        return Ok("valid");
    }
    bundle.home_file("auth.json", 0o600, view.shown.bytes);
    Ok(settled.unwrap_or("updated"))
}

/// Names the Codex this host should run, and where it is when the host has another.
async fn codex(app: &App, who: &Identity, manifest: &Manifest, bundle: &mut Bundle) -> AppResult<()> {
    let target = versions::target(&who.fleet, Some((&who.host).into()));
    let wanted = target.version.filter(|_| target.moves(manifest.codex.as_deref()));
    let file = wanted.zip(manifest.platform.as_ref()).and_then(|(v, (os, arch))| Some((v, assets::name(v, os, arch)?)));
    let found = match &file {
        Some((version, (name, kind))) => {
            let mut conn = app.db.acquire().await?;
            let place = |asset: &Asset| assets::place(app.config.mirror.as_deref(), version, name, &asset.url);
            assets::find(&mut conn, version, name).await?.map(|asset| (place(&asset), asset.sha256, *kind))
        }
        None => None,
    };
    bundle.var("codex_target", target.version.unwrap_or("")).var("codex_locked", flag(target.is_locked()));
    if let Some((url, sha256, kind)) = found {
        let kind = if kind == Kind::Package { "package" } else { "binary" };
        bundle.var("codex_url", &url).var("codex_sha", &sha256).var("codex_kind", kind);
    }
    Ok(())
}
