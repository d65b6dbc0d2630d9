//! Hosts, their keys and their users.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use shared::audit::Change;
use shared::crypto::{Keyring, sha256_hex};
use shared::extract::short_text;
use shared::hosts::archive::Reason;
use shared::hosts::fqdn::Fqdn;
use shared::hosts::import::{self, Facts, Standing};
use shared::hosts::key::HostKey;
use shared::hosts::window::MAX_MINUTES;
use shared::hosts::{Host, sql};
use shared::{AppResult, versions};

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::secret::{self, Secret};
use super::source::Table;
use super::step::{Kept, Step};

/// What is read of hosts.
#[rustfmt::skip]
pub const HOSTS: Table = Table { name: "hosts", columns: &[
    "id", "fqdn", "api_key_hash", "api_key_enc", "status", "secure", "allow_roaming_ips", "last_refresh", "ip", "client_version",
    "client_version_override", "wrapper_version", "api_calls", "insecure_enabled_until", "insecure_window_minutes", "force_ipv4",
    "curl_insecure", "expires_at", "vip", "model_override", "reasoning_effort_override", "created_at", "updated_at",
] };

const USERS: Table = Table { name: "host_users", columns: &["host_id", "username", "hostname", "first_seen", "last_seen"] };

/// A host as it comes.
struct Arrival {
    fqdn: Fqdn,
    /// Why it comes without one.
    key: Result<HostKey, &'static str>,
    facts: Facts,
    /// What could not stay as it was.
    notes: Vec<String>,
}

/// Brings the hosts: all of them, or none.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let rows = step.old.all(HOSTS, "id").await.map_err(ImportError::Old)?;
    let mut kind = Kind::of(rows.len() as u64);
    let mut change = step.change().await?;
    let mut names = BTreeSet::new();
    for row in &rows {
        let arrival = match arrival(row, &step.keys, step.now) {
            Ok(arrival) if names.insert(arrival.fqdn.as_str().to_owned()) => arrival,
            Ok(_) => {
                kind.lose(row.text("fqdn").unwrap_or("(no name)"), "another host of the old server has this name here");
                continue;
            }
            Err(why) => {
                kind.lose(row.text("fqdn").unwrap_or("(no name)"), why);
                continue;
            }
        };
        let kept = host(step, &mut change, &mut kind, arrival).await?;
        step.hosts.insert(row.id(), kept);
    }
    if step.apply {
        change.commit().await?;
    }
    step.report.add("hosts", kind);
    users(step).await
}

async fn host(step: &mut Step<'_>, change: &mut Change, kind: &mut Kind, arrival: Arrival) -> AppResult<Kept> {
    let Arrival { fqdn, key, facts, notes } = arrival;
    let (keyring, name) = (&step.app.config.keyring, fqdn.as_str());
    for note in &notes {
        step.report.note(format!("{name}: {note}"));
    }
    let mut key = match key {
        _ if facts.is_gone.is_some() => None,
        Ok(key) => Some(key),
        Err(why) => {
            kind.lose(name, format!("it comes without its key: {why}. Register it again and run the new install command on it"));
            None
        }
    };
    let found = import::find(change, &fqdn, keyring).await?;
    let standing = import::standing(found.as_ref(), key.as_ref().map(HostKey::hash));
    if let (Standing::New | Standing::NewKey, Some(known)) = (standing, &key)
        && let Some(owner) = import::owner(change, known).await?
    {
        kind.lose(name, format!("it comes without its key: {owner} has the same one here"));
        key = None;
    }
    let mut host = found.map(|here| here.host);
    match standing {
        Standing::New => {
            kind.new += 1;
            if step.apply {
                host = Some(import::add(change, step.now, &fqdn, &facts, key.as_ref(), keyring).await?);
                let facts = host.as_ref().map(Host::facts);
                change.record("import.host", name, (), serde_json::json!({ "from": step.source, "has_key": key.is_some(), "host": facts }));
            }
        }
        Standing::Same => kind.here += 1,
        Standing::NewKey => {
            kind.here += 1;
            if let (Some(key), Some(host), true) = (&key, &host, step.apply) {
                import::replace_key(change, step.now, host.id, key, keyring).await?;
                change.record("import.host.key", name, (), serde_json::json!({ "from": step.source }));
            }
            step.report.note(format!("{name}: it has another key there since the last import, which works here too"));
        }
        Standing::Archived => kind.lose(name, "it was archived here: register it again to let it in"),
        Standing::Registered => kind.lose(name, "a host of this name was registered here, and keeps its key: the old one does not work"),
    }
    Ok(Kept { fqdn: name.to_owned(), host })
}

fn arrival(row: &Row, keys: &Keyring, now: DateTime<Utc>) -> Result<Arrival, String> {
    let mut notes = Vec::new();
    let fqdn = name(row.raw("fqdn").unwrap_or_default(), &mut notes)?;
    let mut short = |column: &str, most: usize| {
        let kept = short_text(column, row.raw(column), most);
        if kept.is_err() {
            notes.push(format!("{column} is no plain text of at most {most} characters and is left out"));
        }
        kept.unwrap_or_default()
    };
    let (model, effort) = (short("model_override", 128), short("reasoning_effort_override", 32));
    let expires_at = row.time("expires_at");
    let created_at = row.time("created_at").unwrap_or(now).min(now);
    let updated_at = row.time("updated_at").unwrap_or(created_at).min(now);
    let (api_calls, last_refresh) = (row.number("api_calls").unwrap_or(0), row.text("last_refresh").filter(|text| text.len() <= 64));
    let facts = Facts {
        is_active: row.text("status").is_none_or(|status| status == "active"),
        secure: row.flag("secure", true),
        vip: row.flag("vip", false),
        allow_roaming_ips: row.flag("allow_roaming_ips", false),
        force_ipv4: row.flag("force_ipv4", false),
        curl_insecure: row.flag("curl_insecure", false),
        insecure_enabled_until: row.time("insecure_enabled_until"),
        insecure_window_minutes: row.number("insecure_window_minutes").map(|n| u16::try_from(n).unwrap_or(MAX_MINUTES).min(MAX_MINUTES)),
        expires_at,
        model_override: model,
        reasoning_effort_override: effort,
        client_version_override: pin(row, &mut notes),
        client_version: version(row, "client_version"),
        wrapper_version: version(row, "wrapper_version"),
        last_refresh: last_refresh.map(str::to_owned),
        api_calls,
        address: row
            .text("ip")
            .and_then(|text| text.parse().ok())
            .filter(|ip: &std::net::IpAddr| !(row.flag("force_ipv4", false) && ip.is_ipv6())),
        last_contact_at: (api_calls > 0 || last_refresh.is_some()).then_some(updated_at),
        created_at,
        updated_at,
        is_gone: expires_at.filter(|at| *at < now).map(|_| Reason::Expired),
    };
    if facts.is_gone.is_some() {
        notes.push("its time was over: it comes archived, for its history".to_owned());
    }
    Ok(Arrival { fqdn, key: key(row, keys), facts, notes })
}

/// A name that is not one of a host, but nearly, is mended: the old `cdx` does not care, it is known by its key.
fn name(text: &str, notes: &mut Vec<String>) -> Result<Fqdn, String> {
    Fqdn::parse(text).or_else(|why| {
        let mended = Fqdn::parse(&text.trim().replace(['_', ' '], "-")).map_err(|_| why.to_owned())?;
        notes.push(format!("it was called {} there, which is no host name", text.trim()));
        Ok(mended)
    })
}

/// The key itself. A stored hash is none: what is only a hash lets nobody in.
fn key(row: &Row, keys: &Keyring) -> Result<HostKey, &'static str> {
    let text = match secret::open(keys, row.raw("api_key_enc")) {
        Secret::Plain(text) => text,
        Secret::Empty => return Err("the old server has only its hash"),
        Secret::Closed => return Err("it does not open with the old AUTH_ENCRYPTION_KEY"),
    };
    let matches = row.text("api_key_hash").is_none_or(|stored| stored.eq_ignore_ascii_case(&sha256_hex(&text)));
    if !matches {
        return Err("its hash is another key's");
    }
    HostKey::parse(&text).ok_or("it is no key")
}

fn pin(row: &Row, notes: &mut Vec<String>) -> Option<String> {
    let text = row.text("client_version_override").filter(|text| !text.eq_ignore_ascii_case("global"))?;
    let pin = versions::normalise(text).filter(|version| versions::is_release(version));
    if pin.is_none() {
        notes.push(format!("its Codex was pinned to {text}, which is no release: it follows the fleet"));
    }
    pin
}

fn version(row: &Row, column: &str) -> Option<String> {
    versions::normalise(row.text(column)?).filter(|version| version != "unknown")
}

async fn users(step: &mut Step<'_>) -> Result<(), ImportError> {
    let rows = step.old.all(USERS, "host_id").await.map_err(ImportError::Old)?;
    let mut kind = Kind::of(rows.len() as u64);
    let mut change = step.change().await?;
    let mut here = BTreeMap::new();
    for row in &rows {
        user(step, &mut change, &mut kind, &mut here, row).await?;
    }
    if step.apply {
        change.commit().await?;
    }
    step.report.add("users of hosts", kind);
    Ok(())
}

/// `here`: users by the id of their host here.
async fn user(
    step: &Step<'_>,
    change: &mut Change,
    kind: &mut Kind,
    here: &mut BTreeMap<u64, BTreeSet<String>>,
    row: &Row,
) -> AppResult<()> {
    let kept = row.number("host_id").and_then(|id| step.hosts.get(&id));
    let name = short_text("username", row.raw("username"), 255).ok().flatten();
    let (Some(Kept { host, .. }), Some(name)) = (kept, name) else {
        kind.lose(row.text("username").unwrap_or("(no name)"), "its host is not kept, or it is no name");
        return Ok(());
    };
    let Some(host) = host else {
        kind.new += 1;
        return Ok(());
    };
    if let Entry::Vacant(entry) = here.entry(host.id) {
        let known = sql::users(change, &[host.id]).await?;
        entry.insert(known.iter().map(|user| user.username().to_owned()).collect());
    }
    let is_new = here.get_mut(&host.id).is_some_and(|known| known.insert(name.clone()));
    kind.new += u64::from(is_new);
    kind.here += u64::from(!is_new);
    if step.apply {
        let first = row.time("first_seen").unwrap_or(step.now).min(step.now);
        let last = row.time("last_seen").unwrap_or(first).min(step.now);
        let hostname = short_text("hostname", row.raw("hostname"), 255).ok().flatten();
        import::add_user(change, host.id, (&name, hostname.as_deref()), (first, last)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn keys() -> Keyring {
        Keyring::parse(&Keyring::generate()).unwrap()
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn names_are_mended_or_refused() {
        for (text, expected, noted) in [
            (" Build-7.Example ", Some("build-7.example"), false),
            ("build_7", Some("build-7"), true),
            ("Bobs laptop", Some("bobs-laptop"), true),
            ("", None, false),
            ("$(id)", None, false),
            ("../x", None, false),
            ("_", None, false),
        ] {
            let mut notes = Vec::new();
            let fqdn = name(text, &mut notes).ok();
            assert_eq!((fqdn.as_ref().map(Fqdn::as_str), !notes.is_empty()), (expected, noted), "{text}");
        }
    }

    #[test]
    fn a_key_comes_only_whole() {
        let keys = keys();
        let (sealed, digest) = (keys.seal(KEY), sha256_hex(KEY));
        let foreign = self::keys().seal(KEY);
        for (what, enc, stored, works) in [
            ("sealed", sealed.as_str(), digest.as_str(), true),
            ("an upper-case hash", &sealed, &digest.to_uppercase(), true),
            ("sealed, without a hash", &sealed, "", true),
            ("from before keys were sealed", KEY, &digest, true),
            ("only a hash", "", &digest, false),
            ("damaged", &foreign, &digest, false),
            ("another host's", &sealed, &sha256_hex("another"), false),
            ("no key", &keys.seal("short"), &sha256_hex("short"), false),
        ] {
            let row = row([("api_key_enc", enc), ("api_key_hash", stored)]);
            assert_eq!(key(&row, &keys).is_ok(), works, "{what}");
        }
    }

    #[test]
    fn a_host_comes_as_it_was() {
        let keys = keys();
        let full = row([
            ("fqdn", "a.example"),
            ("api_key_enc", &keys.seal(KEY)),
            ("status", "disabled"),
            ("secure", "0"),
            ("vip", "1"),
            ("ip", "192.0.2.1"),
            ("insecure_enabled_until", "2027-01-15 09:00:00"),
            ("insecure_window_minutes", "9999"),
            ("expires_at", "2027-01-15T12:00:00Z"),
            ("client_version_override", "v0.80.0"),
            ("client_version", " 0.77.0"),
            ("wrapper_version", "unknown"),
            ("api_calls", "31"),
            ("created_at", "2026-01-01T00:00:00Z"),
            ("updated_at", "2099-01-01T00:00:00+00:00"),
            ("model_override", "a\u{1b}b"),
        ]);
        let one = arrival(&full, &keys, now()).unwrap();
        let facts = &one.facts;
        assert!(one.key.is_ok() && !facts.is_active && !facts.secure && facts.vip && facts.is_gone.is_none());
        assert_eq!((facts.insecure_window_minutes, facts.client_version_override.as_deref()), (Some(480), Some("0.80.0")));
        assert_eq!((facts.client_version.as_deref(), facts.wrapper_version.as_deref()), (Some("0.77.0"), None));
        assert_eq!((facts.last_contact_at, facts.updated_at), (Some(now()), now()), "the future is not believed");
        assert_eq!((facts.model_override.as_deref(), one.notes.len()), (None, 1), "{:?}", one.notes);
        let bare =
            arrival(&row([("fqdn", "b"), ("expires_at", "2020-01-01T00:00:00Z"), ("client_version_override", "newest")]), &keys, now());
        let bare = bare.unwrap();
        assert_eq!((bare.facts.is_gone, bare.facts.last_contact_at, bare.facts.created_at), (Some(Reason::Expired), None, now()));
        assert!(bare.facts.is_active && bare.facts.secure && bare.key.is_err());
        assert_eq!(bare.notes.len(), 2, "{:?}", bare.notes);
    }

    #[test]
    fn an_ipv6_address_does_not_bind_a_host_that_may_use_ipv4_only() {
        let of = |force: &str| arrival(&row([("fqdn", "a"), ("ip", "2001:db8::1"), ("force_ipv4", force)]), &keys(), now()).unwrap();
        assert!(of("0").facts.address.is_some() && of("1").facts.address.is_none());
    }
}
