//! Which answers can be used, and why others cannot.

use std::net::IpAddr;

use shared::config::{Config, MAX_INACTIVITY_DAYS};
use shared::networks::Networks;

use super::args::{DatabaseKind, Demand, Home, TlsMode};
use super::ask::Checked;
use super::env_file::{UNWRITABLE, quoted};

/// A folder's name that every reader of the files takes alike.
pub fn folder(home: Home, text: &str) -> Checked {
    let text = text.trim();
    match text {
        "" => Err("a folder is needed, like /srv/codex-auth".to_owned()),
        _ if text.starts_with('~') => Err("write the folder in full: in a file nobody replaces ~".to_owned()),
        _ if quoted(text).is_none() => Err(format!("this folder's name cannot be used: {UNWRITABLE}")),
        _ if home == Home::Compose && text.contains([':', '$']) => Err("docker cannot mount a folder with : or $ in its name".to_owned()),
        "/" => Err("/ is the whole machine: choose a folder in it".to_owned()),
        // Without a ./ it would be the name of a volume.
        _ if home == Home::Compose && !text.starts_with(['.', '/']) => Ok(format!("./{}", text.trim_end_matches('/'))),
        _ => Ok(text.trim_end_matches('/').to_owned()),
    }
}

/// An address as the server takes it.
pub fn url(name: &'static str, text: &str) -> Checked {
    let config = Config::from_lookup(|asked| match asked {
        _ if asked == name => Some(text.to_owned()),
        "PUBLIC_BASE_URL" => Some("https://codex.example.com".to_owned()),
        other => stand_in(other),
    });
    let config = config.map_err(|error| error.to_string())?;
    Ok(if name == "PUBLIC_BASE_URL" { config.public_base_url } else { config.admin_base_url })
}

/// What the server says of one of its variables.
pub fn setting(name: &str, text: &str) -> Checked {
    let config = Config::from_lookup(|asked| if asked == name { Some(text.to_owned()) } else { stand_in(asked) });
    config.map(|_| text.trim().to_owned()).map_err(|error| error.to_string())
}

/// What has to be there before the server looks at anything else.
fn stand_in(name: &str) -> Option<String> {
    let text = match name {
        "AUTH_ENCRYPTION_KEY" => shared::crypto::Keyring::generate(),
        "DATABASE_URL" => "mysql://localhost/x".to_owned(),
        "INSTALLATION_ID" => "x".to_owned(),
        "PUBLIC_BASE_URL" => "https://codex.example.com".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// Networks of proxies; none is an answer.
pub fn networks(text: &str) -> Checked {
    Networks::parse(text).map(|_| text.trim().to_owned())
}

/// The host name of an address, without its port.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// The port of an address; where it names none, that of its scheme.
pub fn port(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
        _ => Some(if scheme == "https" { 443 } else { 80 }),
    }
}

/// Whether a way to encrypt goes with where the server runs and with an address.
pub fn tls(home: Home, url: &str, mode: TlsMode) -> Result<(), String> {
    match mode {
        TlsMode::None => Ok(()),
        TlsMode::Acme if home == Home::Process => {
            Err("Caddy, which gets the certificates, is part of the compose home: choose that, files, or none".to_owned())
        }
        _ if !url.starts_with("https://") => Err(format!("with TLS an address begins with https://, and {url} does not")),
        TlsMode::Acme if !is_public_name(host(url)) => {
            Err(format!("Let's Encrypt knows public names only, and {} is none: choose generated for a private one", host(url)))
        }
        _ if home == Home::Compose && port(url) != Some(443) => Err(format!("Caddy listens on port 443: leave the port out of {url}")),
        _ => Ok(()),
    }
}

/// The administrators' address: encrypted as the hosts' one, and beside Caddy another name, or hosts would need certificates too.
pub fn admin_url(home: Home, mode: TlsMode, public: &str, text: &str) -> Checked {
    let url = url("ADMIN_BASE_URL", text)?;
    tls(home, &url, mode)?;
    if home == Home::Compose && mode != TlsMode::None && host(&url) == host(public) {
        let why = "Caddy needs two names, and this one is the hosts' already: give administrators another, like codex-admin.example.com";
        return Err(why.to_owned());
    }
    Ok(url)
}

fn is_public_name(name: &str) -> bool {
    name.contains('.') && name.bytes().any(|b| b.is_ascii_alphabetic()) && !name.contains(':') && !name.ends_with(".local")
}

/// Whether client certificates go with the other answers.
pub fn demand(home: Home, mode: TlsMode, wanted: Demand) -> Result<(), String> {
    match wanted {
        Demand::Off => Ok(()),
        _ if mode == TlsMode::None => Err("client certificates need TLS here: choose acme, files or generated, or off".to_owned()),
        Demand::Optional if home == Home::Compose => {
            Err("Caddy lets nobody without a certificate to the administrators' address, or asks for none: choose required or off".to_owned())
        }
        _ => Ok(()),
    }
}

/// An address that mail reaches.
pub fn email(text: &str) -> Checked {
    let text = text.trim();
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    let good = text.split_once('@').is_some_and(|(who, at)| plain(who) && plain(at) && at.contains('.'));
    if good { Ok(text.to_owned()) } else { Err(format!("\"{text}\" is not like ops@example.com")) }
}

/// A person's name: it becomes the name of files.
pub fn person(text: &str) -> Checked {
    let text = text.trim();
    let plain = !text.is_empty() && text.len() <= 60 && !text.starts_with(['.', '-']) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if plain { Ok(text.to_owned()) } else { Err("a name of letters, digits, dots and hyphens is needed, like ada; files are named after it".to_owned()) }
}

/// A time between backups, as `local-dev backup` takes it.
pub fn interval(text: &str) -> Checked {
    let text = text.trim();
    let units = [('h', 3600), ('m', 60), ('s', 1)];
    let seconds = units.iter().find_map(|(unit, seconds)| text.strip_suffix(*unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    match seconds {
        Some(60..=31_536_000) => Ok(text.to_owned()),
        _ => Err(format!("\"{text}\" is not a time like 24h or 90m, from a minute to a year")),
    }
}

/// How many of something are kept.
pub fn count(text: &str) -> Checked {
    let good = text.trim().parse::<u16>().is_ok_and(|number| number > 0);
    if good { Ok(text.trim().to_owned()) } else { Err(format!("\"{}\" is not a number from 1 to 65535", text.trim())) }
}

/// A database's address.
pub fn database_url(text: &str) -> Checked {
    let text = text.trim();
    let rest = text.strip_prefix("mysql://").unwrap_or_default();
    let good = rest.split_once('/').is_some_and(|(at, name)| at.contains('@') && !name.is_empty()) && !text.contains(char::is_whitespace);
    if good { Ok(text.to_owned()) } else { Err("that is not like mysql://user:password@host:3306/name".to_owned()) }
}

/// Days as the server takes them.
pub fn days(name: &'static str, text: &str) -> Checked {
    let days = setting(name, text)?;
    let most = if name == "INACTIVITY_WINDOW_DAYS" { u64::from(MAX_INACTIVITY_DAYS) } else { 36_500 };
    match days.parse::<u64>() {
        Ok(number) if number <= most => Ok(days),
        _ => Err(format!("{days} is more than {most} days")),
    }
}

/// A file that can be read.
pub fn file(text: &str) -> Checked {
    let path = text.trim();
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => Ok(path.to_owned()),
        Ok(_) => Err(format!("{path} is no file")),
        Err(_) if path.is_empty() => Err("a file is needed".to_owned()),
        Err(error) => Err(format!("{path} cannot be read: {error}")),
    }
}

/// An address of this machine.
pub fn address(text: &str) -> Checked {
    let parsed = text.trim().parse::<IpAddr>();
    parsed.map(|address| address.to_string()).map_err(|_| format!("\"{}\" is no address like 127.0.0.1 or 0.0.0.0", text.trim()))
}

/// A port that can be listened on.
pub fn listen_port(text: &str) -> Checked {
    let parsed = text.trim().parse::<u16>().ok().filter(|port| *port > 0);
    parsed.map(|port| port.to_string()).ok_or_else(|| format!("\"{}\" is no port from 1 to 65535", text.trim()))
}

/// Whether an address leads to this machine only.
pub fn is_loopback(url: &str) -> bool {
    host(url) == "localhost" || host(url).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The administrators' name beside a name of hosts: `codex.example.com` has `codex-admin.example.com`.
pub fn sibling(url: &str) -> String {
    let name = host(url);
    match name.split_once('.') {
        Some((first, rest)) if name.parse::<IpAddr>().is_err() => url.replacen(name, &format!("{first}-admin.{rest}"), 1),
        _ => url.to_owned(),
    }
}

/// Whether a kind of database is there where the server runs.
pub fn database(home: Home, kind: DatabaseKind) -> Result<(), String> {
    match (home, kind) {
        (Home::Process, DatabaseKind::Mysql | DatabaseKind::Mariadb) => {
            Err("databases of the stack are part of the compose home: choose private or own".to_owned())
        }
        (Home::Compose, DatabaseKind::Private) => Err("the private database is part of the process home: choose mysql, mariadb or own".to_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_of_addresses() {
        for (url, name, number) in [
            ("https://codex.example.com", "codex.example.com", 443),
            ("https://codex.example.com:8488/x", "codex.example.com", 8488),
            ("http://[::1]:8488", "::1", 8488),
            ("http://[::1]", "::1", 80),
        ] {
            assert_eq!((host(url), port(url)), (name, Some(number)), "{url}");
        }
        assert_eq!(sibling("https://codex.example.com"), "https://codex-admin.example.com");
        assert_eq!(sibling("https://192.0.2.1"), "https://192.0.2.1");
        assert!(is_loopback("http://127.0.0.1:8488") && is_loopback("http://localhost") && !is_loopback("https://127.example.com"));
    }

    #[test]
    fn folders_that_somebody_would_misread_are_refused() {
        for good in ["/srv/codex auth", "./data", "/srv/$(touch x)", "/srv/o'neil"] {
            assert!(folder(Home::Process, good).is_ok(), "{good}");
        }
        for bad in ["", "  ", "/", "~/codex", "/srv/a\nb", "/srv/a\\b", "/srv/o'neil \"$x\""] {
            assert!(folder(Home::Process, bad).is_err(), "{bad}");
        }
        for bad in ["/srv/a:b", "/srv/$x"] {
            assert!(folder(Home::Compose, bad).is_err(), "{bad}");
        }
        assert_eq!(folder(Home::Compose, "/srv/codex/").as_deref(), Ok("/srv/codex"));
        assert_eq!(folder(Home::Compose, "data/").as_deref(), Ok("./data"));
    }

    #[test]
    fn ways_to_encrypt_go_with_home_and_addresses() {
        let (public, private, open) = ("https://codex.example.com", "https://codex.local", "http://codex.example.com");
        let one = |home, url, mode| tls(home, url, mode).is_ok();
        for (home, url, mode, expected) in [
            (Home::Process, open, TlsMode::None, true),
            (Home::Process, public, TlsMode::None, true),
            (Home::Process, public, TlsMode::Files, true),
            (Home::Process, open, TlsMode::Files, false),
            (Home::Process, open, TlsMode::Generated, false),
            (Home::Process, public, TlsMode::Acme, false),
            (Home::Compose, public, TlsMode::Acme, true),
            (Home::Compose, private, TlsMode::Acme, false),
            (Home::Compose, "https://192.0.2.1", TlsMode::Acme, false),
            (Home::Compose, private, TlsMode::Generated, true),
            (Home::Compose, "https://codex.example.com:8443", TlsMode::Acme, false),
            (Home::Process, "https://codex.example.com:8443", TlsMode::Files, true),
        ] {
            assert_eq!(one(home, url, mode), expected, "{home:?} {url} {mode:?}");
        }
    }

    #[test]
    fn certificates_of_administrators_need_tls_and_with_caddy_a_name_of_their_own() {
        assert!(demand(Home::Process, TlsMode::None, Demand::Required).is_err());
        assert!(demand(Home::Process, TlsMode::None, Demand::Off).is_ok());
        assert!(demand(Home::Process, TlsMode::Generated, Demand::Optional).is_ok());
        assert!(demand(Home::Compose, TlsMode::Generated, Demand::Optional).is_err());
        assert!(demand(Home::Compose, TlsMode::Acme, Demand::Required).is_ok());
        let admins = |home, mode, text| admin_url(home, mode, "https://a.example", text).is_ok();
        for (home, mode, text, expected) in [
            (Home::Compose, TlsMode::Acme, "https://b.example", true),
            (Home::Compose, TlsMode::Acme, "https://a.example", false),
            (Home::Compose, TlsMode::Acme, "http://b.example", false),
            (Home::Compose, TlsMode::None, "https://a.example", true),
            (Home::Process, TlsMode::Files, "https://a.example:8489", true),
            (Home::Process, TlsMode::None, "a.example", false),
        ] {
            assert_eq!(admins(home, mode, text), expected, "{home:?} {mode:?} {text}");
        }
    }

    #[test]
    fn small_answers() {
        for good in ["24h", "30m", "90s", "8760h"] {
            assert!(interval(good).is_ok(), "{good}");
        }
        for bad in ["", "24", "h", "0h", "-1h", "7d", "59s", "1 week", "8761h", "99999999999999999999h"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
        for (check, good, bad) in [
            (email as fn(&str) -> Checked, "ops@example.com", "ops@example"),
            (email, "a+b@x.example", "$(touch x)@example.com"),
            (person, "ada.lovelace", "../ada"),
            (person, "Ada-1", "ada lovelace"),
            (count, "30", "0"),
            (listen_port, "443", "65536"),
            (address, "::1", "localhost"),
            (database_url, "mysql://u:p@h:3306/n", "mysql://h/n"),
            (database_url, "mysql://u@h/n", "postgres://u:p@h/n"),
            (networks, "10.0.0.0/8, ::1", "10.0.0.0/x"),
            (|text| days("INACTIVITY_WINDOW_DAYS", text), "60", "61"),
            (|text| days("USAGE_RETENTION_DAYS", text), "400", "0"),
        ] {
            assert!(check(good).is_ok(), "{good}");
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
