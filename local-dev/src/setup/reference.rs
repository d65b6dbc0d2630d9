//! What the `.env` of the installation that this one replaces says, in our names; and what has no place here, with the reason.

use super::doors;
use super::env_file::EnvFile;
use super::rules;

/// What was taken over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Our names and values.
    pub settings: Vec<(&'static str, String)>,
    /// `AUTH_ENCRYPTION_KEY`: what its database was sealed with.
    pub encryption_key: Option<String>,
    /// `INSTALLATION_ID`: what its hosts were set up for.
    pub installation_id: Option<String>,
    /// Names without a place, each with what to do.
    pub left: Vec<(String, String)>,
}

/// Variables that mean the same here.
const SAME: &[&str] = &[
    "TOKEN_MIN_LENGTH",
    "INSTALL_TOKEN_TTL_SECONDS",
    "AUTH_SEED_TOKEN_TTL_SECONDS",
    "INACTIVITY_WINDOW_DAYS",
    "AUTH_RUNNER_PREFLIGHT_SECONDS",
    "RATE_LIMIT_GLOBAL_PER_MINUTE",
    "RATE_LIMIT_GLOBAL_WINDOW",
    "RATE_LIMIT_AUTH_FAIL_COUNT",
    "RATE_LIMIT_AUTH_FAIL_WINDOW",
    "RATE_LIMIT_AUTH_FAIL_BLOCK",
    "CHATGPT_BASE_URL",
    "CHATGPT_USAGE_TIMEOUT",
    "CHATGPT_USAGE_CRON_INTERVAL",
    "PRICING_URL",
    "PRICING_CURRENCY",
    "GPT51_INPUT_PER_1K",
    "GPT51_OUTPUT_PER_1K",
    "GPT51_CACHED_PER_1K",
    "MCP_ALLOWED_ORIGINS",
];

/// Names whose value becomes another, or is read together with others.
const READ: &[&str] = &[
    "PUBLIC_BASE_URL",
    "CODEX_SYNC_BASE_URL",
    "CADDY_DOMAIN",
    "CADDY_ACME_EMAIL",
    "CADDY_TLS_FRAGMENT",
    "ADMIN_ACCESS_MODE",
    "DB_BACKUP_MAX",
    "DB_BACKUP_FREQUENCY",
    "AUTH_ENCRYPTION_KEY",
    "INSTALLATION_ID",
];

/// Why a name, or all that begin so, have no place.
const LEFT: &[(&str, &str)] = &[
    ("DB_BACKUP_", "backups are made every so often, from when the stack starts: --backup-every"),
    ("DB_", "that database stays as it is; this installation has one of its own, and the data moves by importing it"),
    ("DATA_ROOT", "the old folder stays untouched: choose one with --data-folder"),
    ("ENV_FILE", "the old file stays untouched: --env-file names this one"),
    ("CADDY_TLS_", "give the files themselves: --tls files --tls-cert FILE --tls-key FILE"),
    ("CADDY_MTLS_", "give the CA's file: --admin-certificates required --admin-ca FILE"),
    ("AUTH_RUNNER_TIMEOUT", "a refusal takes 13 seconds to be sure of here; 60 is the default"),
    ("AUTH_RUNNER_CODEX_BASE_URL", "the runner here calls no host's address"),
    ("AUTH_RUNNER_IP_BYPASS", "the runner here has a secret of its own and needs no exception"),
    ("AUTH_RUNNER_BYPASS_SUBNETS", "the runner here has a secret of its own and needs no exception"),
    ("AUTH_RUNNER_URL", "the runner here is part of the installation: --runner yes"),
    ("CHATGPT_", "what a plan costs is not asked here"),
    ("CODEX_INSTALL_CURL_INSECURE", "installers here take a private CA's file instead: CDX_CACERT"),
    ("WRAPPER_", "cdx is part of the server here"),
    ("CODEX_DEBUG", "RUST_LOG=debug says more; there is no page that shows certificates"),
    ("RUNNER_DEBUG_DUMP_AUTH", "a login is never written anywhere to look at"),
    ("TZ", "everything is in UTC; the dashboard shows local time"),
];

/// Reads a file.
pub fn read(old: &EnvFile) -> Taken {
    let mut taken =
        Taken { encryption_key: old.get("AUTH_ENCRYPTION_KEY"), installation_id: old.get("INSTALLATION_ID"), ..Taken::default() };
    for name in SAME {
        if let Some(value) = old.get(name) {
            take(&mut taken, (name, name), &value, rules::setting(name, &value));
        }
    }
    addresses(&mut taken, old);
    doors(&mut taken, old);
    backups(&mut taken, old);
    let known = |name: &str| SAME.contains(&name) || READ.contains(&name);
    for (name, _) in old.pairs().filter(|(name, value)| !known(name) && !value.trim().is_empty()) {
        let why = LEFT.iter().find(|(start, _)| name.starts_with(start)).map_or("it is unknown here", |(_, why)| why);
        taken.left.push((name.to_owned(), why.to_owned()));
    }
    taken
}

/// Takes what is named `theirs` there and `ours` here, when it can be used.
fn take(taken: &mut Taken, (theirs, ours): (&str, &'static str), value: &str, checked: Result<String, String>) {
    match checked {
        Ok(_) => taken.settings.push((ours, value.trim().to_owned())),
        Err(why) => taken.left.push((theirs.to_owned(), why)),
    }
}

/// The address of that installation is what its hosts call, so it stays.
fn addresses(taken: &mut Taken, old: &EnvFile) {
    let domain = old.get("CADDY_DOMAIN").map(|domain| format!("https://{domain}"));
    let (from, url) = [
        ("PUBLIC_BASE_URL", old.get("PUBLIC_BASE_URL")),
        ("CODEX_SYNC_BASE_URL", old.get("CODEX_SYNC_BASE_URL")),
        ("CADDY_DOMAIN", domain),
    ]
    .into_iter()
    .find_map(|(name, url)| Some((name, url?)))
    .unzip();
    if let (Some(from), Some(url)) = (from, url) {
        match doors::url("PUBLIC_BASE_URL", &url) {
            Ok(url) => taken.settings.push(("PUBLIC_BASE_URL", url)),
            Err(why) => taken.left.push((from.to_owned(), why)),
        }
    }
    if let Some(email) = old.get("CADDY_ACME_EMAIL") {
        take(taken, ("CADDY_ACME_EMAIL", "CADDY_ACME_EMAIL"), &email, rules::email(&email));
    }
}

/// Caddy's way to a certificate, and how administrators are recognised.
fn doors(taken: &mut Taken, old: &EnvFile) {
    let fragment = old.get("CADDY_TLS_FRAGMENT").unwrap_or_default();
    if fragment.contains("tls-acme") {
        taken.settings.push(("CADDY_TLS", "acme".to_owned()));
    } else if !fragment.is_empty() {
        taken
            .left
            .push(("CADDY_TLS_FRAGMENT".to_owned(), "give the files themselves: --tls files --tls-cert FILE --tls-key FILE".to_owned()));
    }
    match old.get("ADMIN_ACCESS_MODE").as_deref() {
        Some("mtls") => taken.settings.push(("ADMIN_ACCESS_MODE", "mtls".to_owned())),
        Some(_) => taken.left.push((
            "ADMIN_ACCESS_MODE".to_owned(),
            "administrators always show something here: a token, unless certificates are wanted".to_owned(),
        )),
        None => {}
    }
}

/// `30c` or `30` dumps; minutes between two.
fn backups(taken: &mut Taken, old: &EnvFile) {
    if let Some(keep) = old.get("DB_BACKUP_MAX") {
        let count = keep.trim_end_matches('c').to_owned();
        take(taken, ("DB_BACKUP_MAX", "BACKUP_KEEP"), &count, rules::count(&count));
    }
    if let Some(minutes) = old.get("DB_BACKUP_FREQUENCY") {
        let every = match minutes.parse::<u32>() {
            Ok(minutes) if minutes % 60 == 0 => format!("{}h", minutes / 60),
            _ => format!("{minutes}m"),
        };
        take(taken, ("DB_BACKUP_FREQUENCY", "BACKUP_EVERY"), &every, rules::interval(&every));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Taken {
        read(&EnvFile::parse(text))
    }

    #[test]
    fn what_has_a_place_is_taken_in_our_names() {
        let taken = of(
            "CODEX_SYNC_BASE_URL=https://codex.example.com/\nCADDY_ACME_EMAIL=ops@example.com\nCADDY_TLS_FRAGMENT=/etc/caddy/tls-acme.caddy\n\
            ADMIN_ACCESS_MODE=mtls\nDB_BACKUP_MAX=14c\nDB_BACKUP_FREQUENCY=720\nINACTIVITY_WINDOW_DAYS=20\nAUTH_ENCRYPTION_KEY=k\nINSTALLATION_ID=i\n",
        );
        let expected = [
            ("INACTIVITY_WINDOW_DAYS", "20"),
            ("PUBLIC_BASE_URL", "https://codex.example.com"),
            ("CADDY_ACME_EMAIL", "ops@example.com"),
            ("CADDY_TLS", "acme"),
            ("ADMIN_ACCESS_MODE", "mtls"),
            ("BACKUP_KEEP", "14"),
            ("BACKUP_EVERY", "12h"),
        ];
        assert_eq!(taken.settings, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!((taken.encryption_key.as_deref(), taken.installation_id.as_deref(), taken.left.len()), (Some("k"), Some("i"), 0));
    }

    #[test]
    fn the_address_is_the_first_that_is_there() {
        for (text, url) in [
            ("PUBLIC_BASE_URL=https://a.example\nCODEX_SYNC_BASE_URL=https://b.example\n", "https://a.example"),
            ("PUBLIC_BASE_URL=\nCADDY_DOMAIN=c.example\n", "https://c.example"),
        ] {
            assert_eq!(of(text).settings, [("PUBLIC_BASE_URL", url.to_owned())]);
        }
    }

    #[test]
    fn what_has_none_is_named_with_what_to_do() {
        let text = "DB_HOST=mysql\nDB_PASSWORD=secret\nDB_BACKUP_CRON='0 2 * * *'\nAUTH_RUNNER_TIMEOUT=8.0\nMY_OWN=1\nCHATGPT_PRO_PLAN_COST=200\n\
            RATE_LIMIT_GLOBAL_WINDOW=soon\nADMIN_ACCESS_MODE=none\nCADDY_TLS_FRAGMENT=tls-custom.caddy\nDB_BACKUP_FREQUENCY=often\nTZ=\n";
        let taken = of(text);
        assert_eq!(taken.settings, []);
        let left: Vec<_> = taken.left.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "RATE_LIMIT_GLOBAL_WINDOW",
            "CADDY_TLS_FRAGMENT",
            "ADMIN_ACCESS_MODE",
            "DB_BACKUP_FREQUENCY",
            "DB_HOST",
            "DB_PASSWORD",
            "DB_BACKUP_CRON",
            "AUTH_RUNNER_TIMEOUT",
            "MY_OWN",
            "CHATGPT_PRO_PLAN_COST",
        ];
        assert_eq!(left, expected);
        assert!(taken.left.iter().all(|(_, why)| !why.contains("secret")), "{:?}", taken.left);
    }
}
