//! Where the old database is.

use std::str::FromStr;

use sqlx::mysql::MySqlConnectOptions;

use super::dotenv::DotEnv;

/// The parts of an address that are looked at here.
struct Parts<'a> {
    user: Option<&'a str>,
    has_password: bool,
    /// What may be shown.
    place: &'a str,
}

fn parts(url: &str) -> Result<Parts<'_>, String> {
    let rest = url.strip_prefix("mysql://").or_else(|| url.strip_prefix("mariadb://"));
    let rest = rest.ok_or("the address of the old database is not like mysql://127.0.0.1:3306/codex_auth")?;
    // A password may hold anything; a host and a name do not hold an @.
    let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
    let place = place.split('?').next().unwrap_or_default();
    if place.split_once('/').is_none_or(|(host, name)| host.is_empty() || name.is_empty()) {
        return Err("the address of the old database names no host or no database: it is like mysql://127.0.0.1:3306/codex_auth".to_owned());
    }
    let user = login.map(|login| login.split(':').next().unwrap_or_default()).filter(|user| !user.is_empty());
    Ok(Parts { user, has_password: login.is_some_and(|login| login.contains(':')), place })
}

/// Refuses an address that would show a password to everybody on the machine.
pub fn for_command_line(url: &str) -> Result<(), String> {
    if parts(url)?.has_password {
        return Err(
            "--from has a password, which everybody on this machine can read: put the address into a file for --from-file, or into \
                    IMPORT_FROM, or leave it to the DB_PASSWORD of --env-file"
                .to_owned(),
        );
    }
    Ok(())
}

/// How to connect, and what may be shown of it. What the address does not say about the login is in the old `.env`.
pub fn options(url: Option<&str>, env: &DotEnv) -> Result<(MySqlConnectOptions, String), String> {
    let of_env = env.get("DB_HOST").map(|host| {
        let port = env.get("DB_PORT").unwrap_or("3306");
        format!("mysql://{host}:{port}/{}", env.get("DB_DATABASE").unwrap_or("codex_auth"))
    });
    let url =
        url.map(str::trim).or(of_env.as_deref()).ok_or("where is the old database? Say it with --from, --from-file or IMPORT_FROM")?;
    let Parts { user, has_password, place } = parts(url)?;
    let mut options =
        MySqlConnectOptions::from_str(url).map_err(|_| format!("the address of the old database ({place}) cannot be read"))?;
    if let (None, Some(name)) = (user, env.get("DB_USERNAME")) {
        options = options.username(name);
    }
    if let (false, Some(password)) = (has_password, env.get("DB_PASSWORD")) {
        options = options.password(password);
    }
    Ok((options, place.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_off_the_command_line_and_out_of_messages() {
        for (url, fine) in [
            ("mysql://127.0.0.1:3306/codex_auth", true),
            ("mysql://codex@db/codex_auth", true),
            ("mysql://codex:s3cret@db/codex_auth", false),
            ("mysql://codex:s3@cret@db/codex_auth", false),
            ("postgres://db/x", false),
            ("mysql://db", false),
        ] {
            let result = for_command_line(url);
            assert_eq!(result.is_ok(), fine, "{url}");
            assert!(!result.err().unwrap_or_default().contains("cret"), "{url}");
        }
    }

    #[test]
    fn the_old_settings_complete_an_address() {
        let env = DotEnv::parse("DB_HOST=mysql\nDB_USERNAME=codex\nDB_PASSWORD=p@ss\n");
        let shown = |url: Option<&str>| {
            let (options, place) = options(url, &env).unwrap();
            (place, options.get_username().to_owned(), options.get_host().to_owned())
        };
        assert_eq!(shown(Some("mysql://127.0.0.1:3307/old")), ("127.0.0.1:3307/old".into(), "codex".into(), "127.0.0.1".into()));
        assert_eq!(shown(Some("mysql://root:x@127.0.0.1/old")), ("127.0.0.1/old".into(), "root".into(), "127.0.0.1".into()));
        assert_eq!(shown(None), ("mysql:3306/codex_auth".into(), "codex".into(), "mysql".into()));
        assert!(options(None, &DotEnv::default()).is_err());
        assert!(options(Some("mysql://h:notaport/x"), &env).unwrap_err().contains("h:notaport/x"));
    }
}
