//! Registration: a new host, or a new key for a known one, and the installer that delivers it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::fqdn::Fqdn;
use super::key::HostKey;
use super::{Host, sql};
use crate::single_use::{self, Purpose};
use crate::{App, AppError, AppResult, audit};

/// How long a fresh insecure host may call before an operator opens its window again, in minutes.
const PROVISIONING_MINUTES: i64 = 30;
/// Length of the sliding window a fresh insecure host gets, in minutes.
const DEFAULT_WINDOW_MINUTES: u16 = 10;
/// Life of a temporary host, in seconds.
const TEMPORARY_SECONDS: i64 = 7200;

/// What an operator asks for. `None` leaves a known host as it is.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its name.
    pub fqdn: Fqdn,
    /// Default true.
    pub secure: Option<bool>,
    /// Default false.
    pub vip: Option<bool>,
    /// True: expires after 2 hours without contact; false: never expires.
    pub temporary: Option<bool>,
    /// Default false.
    pub curl_insecure: Option<bool>,
}

/// What registration gives back; the key is shown this once.
#[derive(Debug)]
pub struct Registered {
    /// The host.
    pub host: Host,
    /// Its new key; an older one works until this one has been used.
    pub key: HostKey,
    /// The installer's single-use token.
    pub installer: String,
    /// When the installer stops working.
    pub expires_at: DateTime<Utc>,
}

/// Registers in one transaction: a failure leaves nothing changed.
pub async fn register(app: &App, actor: &str, wanted: &Registration) -> AppResult<Registered> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let known = sql::find_by_fqdn(&mut tx, wanted.fqdn.as_str()).await?;
    let result = if known.is_some() { "rotated" } else { "created" };
    let mut host = if let Some(host) = known {
        host
    } else {
        let id = sql::insert(&mut tx, now, wanted.fqdn.as_str()).await.map_err(name_taken)?;
        sql::find(&mut tx, id).await?.ok_or(AppError::NotFound("host"))?
    };
    apply(&mut host, wanted, now);
    sql::set_registration(&mut tx, now, &host).await?;
    let key = HostKey::generate();
    let key_id = sql::add_pending_key(&mut tx, now, host.id, &key, &app.config.keyring).await?;
    let (installer, expires_at) =
        single_use::mint(&mut tx, now, Purpose::Install, app.config.install_token_ttl, Some(key_id), None).await?;
    audit::record(&mut tx, now, actor, "register", &host.fqdn, json!({ "result": result, "secure": host.secure, "vip": host.vip })).await?;
    tx.commit().await?;
    Ok(Registered { host, key, installer, expires_at })
}

fn name_taken(error: sqlx::Error) -> AppError {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => {
            AppError::Conflict { code: "fqdn_taken", message: "this host was just registered by somebody else: try again".to_owned() }
        }
        _ => error.into(),
    }
}

/// The rules of registration over a host's attributes.
fn apply(host: &mut Host, wanted: &Registration, now: DateTime<Utc>) {
    host.secure = wanted.secure.unwrap_or(host.secure);
    host.vip = wanted.vip.unwrap_or(host.vip);
    host.curl_insecure = wanted.curl_insecure.unwrap_or(host.curl_insecure);
    host.updated_at = now;
    match wanted.temporary {
        Some(true) => host.expires_at = Some(now + TimeDelta::seconds(TEMPORARY_SECONDS)),
        Some(false) => host.expires_at = None,
        None => {}
    }
    if host.secure {
        return;
    }
    let provisioning = now + TimeDelta::minutes(PROVISIONING_MINUTES);
    host.insecure_enabled_until = Some(host.insecure_enabled_until.map_or(provisioning, |until| until.max(provisioning)));
    host.insecure_window_minutes = host.insecure_window_minutes.or(Some(DEFAULT_WINDOW_MINUTES));
}
