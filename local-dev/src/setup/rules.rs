//! Which answers can be used, each for itself, and why others cannot.

use std::net::IpAddr;

use shared::config::{Config, MAX_INACTIVITY_DAYS};
use shared::networks::Networks;

use super::args::Home;
use super::ask::Checked;
use super::env_file::{UNWRITABLE, quoted};
use crate::ca::check_name;

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

/// What the server says of one of its variables.
pub fn setting(name: &str, text: &str) -> Checked {
    let config = Config::from_lookup(|asked| if asked == name { Some(text.to_owned()) } else { stand_in(asked) });
    config.map(|_| text.trim().to_owned()).map_err(|error| error.to_string())
}

/// What has to be there before the server looks at anything else.
pub fn stand_in(name: &str) -> Option<String> {
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

/// An address that mail reaches.
pub fn email(text: &str) -> Checked {
    let text = text.trim();
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    let good = text.split_once('@').is_some_and(|(who, at)| plain(who) && plain(at) && at.contains('.'));
    if good { Ok(text.to_owned()) } else { Err(format!("\"{text}\" is not like ops@example.com")) }
}

/// A person's name: it becomes the subject of a certificate and the name of files.
pub fn person(text: &str) -> Checked {
    let name = text.trim();
    check_name(name).map(|()| name.to_owned()).map_err(|error| error.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

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
