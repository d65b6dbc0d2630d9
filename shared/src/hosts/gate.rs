//! The door of the host API: from a key to a host that may come in.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::admit::{Call, Place, Refusal, Step, admit};
use super::key::HostKey;
use super::view::atom;
use super::{Identity, contact, known, sql};
use crate::audit::{Actor, Change};
use crate::client::Client;
use crate::{App, AppError, AppResult, limits};

/// What a host route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Bringing a host up to date: the first such call with a new key makes it the host's key.
    Settle,
    /// Everything else.
    Visit,
    /// A host removes itself: open when its window is closed, and with `?force=1` from another address.
    Leave,
}

/// A host that has come in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The host, and what the hot path needs beside it.
    pub who: Identity,
    /// For the audit.
    pub by: Actor,
}

/// Two callers may want to settle one host at once; who loses looks again, and a third time means something is wrong.
const TRIES: usize = 3;

/// Lets the holder of a key in, or says why not. One statement when nothing about the host changes.
pub async fn enter(app: &App, client: &Client, door: Door, headers: &HeaderMap, query: Option<&str>) -> AppResult<Admitted> {
    let key = match presented(headers).map(HostKey::parse) {
        Some(Some(key)) => key,
        Some(None) => return Err(stranger(app, client, unknown()).await),
        None => return Err(stranger(app, client, AppError::Unauthorized { code: "api_key_missing", message: "API key missing" }).await),
    };
    let call = Call { address: client.address, now: app.clock.now(), door, force: is_forced(query) };
    match come_in(app, client, call, &Shown::Key(key)).await? {
        Some(admitted) => Ok(admitted),
        None => Err(stranger(app, client, unknown()).await),
    }
}

/// The same for the holder of a handle with this hash; `None`: it is unknown or retired, or its host is gone.
pub async fn enter_with_handle(app: &App, client: &Client, door: Door, handle: &[u8; 32]) -> AppResult<Option<Admitted>> {
    let call = Call { address: client.address, now: app.clock.now(), door, force: false };
    come_in(app, client, call, &Shown::Handle(*handle)).await
}

/// What a host shows.
enum Shown {
    Key(HostKey),
    /// The hash of a handle.
    Handle([u8; 32]),
}

async fn come_in(app: &App, client: &Client, call: Call, shown: &Shown) -> AppResult<Option<Admitted>> {
    for _ in 0..TRIES {
        let found = match shown {
            Shown::Key(key) => known::identify(app, key, call.now).await?,
            Shown::Handle(hash) => sql::identify_by_handle(&mut *app.db.acquire().await?, hash, call.now).await?,
        };
        let Some(mut who) = found else { return Ok(None) };
        let step = match admit(&who, call, &app.config.runner_networks) {
            Ok(step) => step,
            Err(Refusal::Gone) => return Ok(None),
            Err(refusal) => return Err(refused(app, &who, call, refusal).await?),
        };
        let by = client.actor("host", &who.host.fqdn);
        if settle(app, &mut who, call, step, &by).await? {
            return Ok(Some(Admitted { who, by }));
        }
    }
    Err(AppError::internal("a host could not be settled: others were always faster"))
}

/// The key of a request: `X-API-Key` before a bearer token.
pub fn presented(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    text("x-api-key").or_else(|| text(header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ").filter(|key| !key.is_empty()))
}

/// `force`, unless it says no: `?force=false` and `?force=0` are not forced.
fn is_forced(query: Option<&str>) -> bool {
    let mut pairs = query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.any(|(name, value)| name == "force" && !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off"))
}

const fn unknown() -> AppError {
    AppError::Unauthorized { code: "invalid_api_key", message: "Invalid API key" }
}

async fn stranger(app: &App, client: &Client, error: AppError) -> AppError {
    limits::failure(app, client.actor("stranger", "nobody"), error).await
}

/// Writes what has to be remembered before the host comes in. `false`: somebody else was faster, look again.
async fn settle(app: &App, who: &mut Identity, call: Call, step: Step, by: &Actor) -> AppResult<bool> {
    let host = &mut who.host;
    let action = match step {
        Step::Pass => return Ok(true),
        Step::Runner => {
            tracing::info!(host.fqdn = host.fqdn, "the runner calls for {}", host.fqdn);
            return Ok(true);
        }
        Step::Rebind(why) => why,
        Step::Bind | Step::Activate => "auth.bind_ip",
    };
    let (place, before) = (Place::of(call.address), host.facts());
    let mut change = Change::begin(app, by).await?;
    let ours = match step {
        Step::Activate => sql::activate_key(&mut change, call.now, host.id, who.key_id).await?,
        Step::Bind => sql::bind_if_free(&mut change, host.id, &place).await?,
        _ => true,
    };
    if !ours {
        return Ok(false);
    }
    if step == Step::Activate {
        (host.bound_ipv4, host.bound_ipv6) = (None, None);
        "active".clone_into(&mut who.key_state);
        change.record("host.key.activate", &host.fqdn, (), json!({ "key_id": who.key_id }));
    }
    place.bind(host);
    if step != Step::Bind {
        sql::set_binding(&mut change, host).await?;
    }
    let (before, after) = crate::audit::difference(before, host.facts());
    if before != after {
        change.record(action, &host.fqdn, before, after);
    }
    change.commit().await?;
    Ok(true)
}

/// The answer to a host that stays out. That it knocked is kept where operators see it, at most once a minute.
async fn refused(app: &App, who: &Identity, call: Call, refusal: Refusal) -> AppResult<AppError> {
    let details = |pairs: [(&str, Value); 2]| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (code, message, details): (_, _, Map<_, _>) = match refusal {
        Refusal::Gone => return Ok(unknown()),
        Refusal::Disabled => return Ok(AppError::Disabled),
        Refusal::Suspended => ("host_suspended", "Host is disabled", Map::new()),
        Refusal::Address { expected, received } => (
            "ip_mismatch",
            "API key not allowed from this IP",
            details([("expected_ip", json!(expected)), ("received_ip", json!(received))]),
        ),
        Refusal::Window { until } => (
            "insecure_api_disabled",
            "Insecure host API access disabled",
            details([("enabled_until", json!(until.map(atom))), ("grace_until", Value::Null)]),
        ),
    };
    let host = &who.host;
    if contact::is_old(host.refused_at, call.now) || host.refused_code.as_deref() != Some(code) {
        let mut conn = app.db.acquire().await?;
        sql::note_refusal(&mut conn, call.now, host.id, code, &call.address.to_string()).await?;
    }
    Ok(AppError::Refused { code, message: message.to_owned(), details })
}

#[cfg(test)]
mod tests {
    use super::is_forced;

    #[test]
    fn force_can_be_denied() {
        for yes in ["force", "force=", "force=1", "x=2&force=true"] {
            assert!(is_forced(Some(yes)), "{yes}");
        }
        for no in ["", "force=0", "force=false", "force=No", "forced=1", "x=force"] {
            assert!(!is_forced(Some(no)), "{no}");
        }
        assert!(!is_forced(None));
    }
}
