//! Which answers go together: addresses, TLS, certificates, the database of a home.

use std::net::IpAddr;

use shared::config::Config;

use super::args::{DatabaseKind, Demand, Home, TlsMode};
use super::ask::Checked;
use super::rules::stand_in;
pub use crate::ca::host;

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
    let last = name.rsplit_once('.').map(|(_, last)| last);
    // The last part of an IPv4 address is a number, and an IPv6 address has no dot behind its last colon.
    last.is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()) && !last.eq_ignore_ascii_case("local"))
}

/// Whether client certificates go with the other answers.
pub fn demand(home: Home, mode: TlsMode, wanted: Demand) -> Result<(), String> {
    match wanted {
        Demand::Off => Ok(()),
        _ if mode == TlsMode::None => Err("client certificates need TLS here: choose acme, files or generated, or off".to_owned()),
        Demand::Optional if home == Home::Compose => {
            Err("Caddy lets nobody without a certificate to the administrators' address, or asks for none: choose required or off"
                .to_owned())
        }
        _ => Ok(()),
    }
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
        (Home::Compose, DatabaseKind::Private) => {
            Err("the private database is part of the process home: choose mysql, mariadb or own".to_owned())
        }
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
            (Home::Compose, "https://[2001:db8::1]", TlsMode::Acme, false),
            (Home::Compose, "https://codex", TlsMode::Acme, false),
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
}
