//! The database login as Secrets Manager has it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::config::ConfigError;

/// Where the database is: what the secret does not say. RDS writes name and password only.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// `DATABASE_HOST`.
    host: Option<String>,
    /// `DATABASE_PORT`, default 3306.
    port: Option<u16>,
    /// `DATABASE_NAME`.
    name: Option<String>,
    /// `DATABASE_TLS`: `required` (default: encrypted, whoever answers) or `verify-identity` (its certificate is checked too).
    verify: bool,
}

impl Place {
    pub(super) fn from_lookup(lookup: &impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let bad = |name, text: &str, why| Err(ConfigError::Bad(name, format!("\"{text}\" is not {why}")));
        let port = match lookup("DATABASE_PORT").map(|text| (text.parse::<u16>(), text)) {
            Some((Err(_), text)) => return bad("DATABASE_PORT", &text, "a port"),
            Some((Ok(port), _)) => Some(port),
            None => None,
        };
        let verify = match lookup("DATABASE_TLS").as_deref() {
            None | Some("required") => false,
            Some("verify-identity") => true,
            Some(other) => return bad("DATABASE_TLS", other, "required or verify-identity"),
        };
        Ok(Self { host: lookup("DATABASE_HOST"), port, name: lookup("DATABASE_NAME"), verify })
    }
}

/// As RDS and Secrets Manager write it. No `Debug`.
#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
    host: Option<String>,
    port: Option<u16>,
    dbname: Option<String>,
}

/// A `DATABASE_URL` of a secret's text. The variables go before what the secret says.
pub(super) fn url(secret: &str, place: &Place) -> Result<String, &'static str> {
    let login: Login = serde_json::from_str(secret).map_err(|_| "it is not JSON with username and password")?;
    let host = place.host.clone().or(login.host).ok_or("neither it nor DATABASE_HOST says where the database is")?;
    let name = place.name.clone().or(login.dbname).ok_or("neither it nor DATABASE_NAME names the database")?;
    let port = place.port.or(login.port).unwrap_or(3306);
    let mode = if place.verify { "VERIFY_IDENTITY" } else { "REQUIRED" };
    let (user, password) = (encoded(&login.username), encoded(&login.password));
    Ok(format!("mysql://{user}:{password}@{host}:{port}/{name}?ssl-mode={mode}"))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use sqlx::mysql::MySqlConnectOptions;

    use super::*;

    fn place(given: &[(&str, &str)]) -> Result<Place, ConfigError> {
        Place::from_lookup(&|name| given.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn any_password_makes_an_address_that_sqlx_reads() {
        let secret = r#"{"username":"codex","password":"a/b@c:d?e#f%20 \"g\" ä"}"#;
        let place = place(&[("DATABASE_HOST", "db.internal"), ("DATABASE_NAME", "codex_auth")]).unwrap();
        let url = url(secret, &place).unwrap();
        assert_eq!(url, "mysql://codex:a%2Fb%40c%3Ad%3Fe%23f%2520%20%22g%22%20%C3%A4@db.internal:3306/codex_auth?ssl-mode=REQUIRED");
        let options = MySqlConnectOptions::from_str(&url).unwrap();
        assert_eq!((options.get_host(), options.get_port(), options.get_username()), ("db.internal", 3306, "codex"));
    }

    #[test]
    fn a_secret_may_say_where_and_variables_go_first() {
        let secret = r#"{"engine":"mysql","username":"u","password":"p","host":"a.example","port":3307,"dbname":"own"}"#;
        assert_eq!(url(secret, &Place::default()).unwrap(), "mysql://u:p@a.example:3307/own?ssl-mode=REQUIRED");
        let given = place(&[("DATABASE_HOST", "b.example"), ("DATABASE_PORT", "3308"), ("DATABASE_TLS", "verify-identity")]).unwrap();
        assert_eq!(url(secret, &given).unwrap(), "mysql://u:p@b.example:3308/own?ssl-mode=VERIFY_IDENTITY");
    }

    #[test]
    fn what_cannot_be_used_is_said_without_its_text() {
        let there = place(&[("DATABASE_HOST", "h"), ("DATABASE_NAME", "n")]).unwrap();
        for secret in ["", "hunter2", r#"{"username":"u"}"#, r#"["hunter2"]"#] {
            assert_eq!(url(secret, &there), Err("it is not JSON with username and password"), "{secret}");
        }
        assert!(url(r#"{"username":"u","password":"p"}"#, &Place::default()).is_err());
        assert!(place(&[("DATABASE_PORT", "x")]).is_err() && place(&[("DATABASE_TLS", "off")]).is_err());
    }
}
