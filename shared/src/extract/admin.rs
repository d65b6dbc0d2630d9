//! The administrator behind a request. A wider privilege is another type.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};

use crate::access::{Principal, Role, sql};
use crate::{App, AppError, crypto};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "cac_session";

macro_rules! principal {
    ($(#[$doc:meta])* $name:ident, $role:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(pub Principal);

        impl FromRequestParts<App> for $name {
            type Rejection = AppError;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
                let principal = recognise(parts, app).await?;
                if principal.role < $role {
                    return Err(AppError::refused("role_required", format!("this needs the role {}", $role.name())));
                }
                Ok(Self(principal))
            }
        }
    };
}

principal!(
    /// Anybody who administers.
    Viewer,
    Role::Viewer
);
principal!(
    /// May manage hosts and content.
    Operator,
    Role::Operator
);
principal!(
    /// May manage the login.
    Owner,
    Role::Owner
);

async fn recognise(parts: &Parts, app: &App) -> Result<Principal, AppError> {
    let nobody = || AppError::Unauthorized {
        code: "sign_in_required",
        message: "sign in: send an admin token as a bearer token, or open a sign-in link",
    };
    let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let now = app.clock.now();
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        let mut conn = app.db.acquire().await?;
        return sql::by_token(&mut conn, now, &crypto::hash(token)).await?.ok_or_else(nobody);
    }
    let session = text(header::COOKIE).and_then(session_of).ok_or_else(nobody)?;
    // A cookie comes along by itself, so a change needs to come from our own page.
    let own_page = text(header::ORIGIN).is_some_and(|origin| origin == origin_of(&app.config.public_base_url));
    if !matches!(parts.method, Method::GET | Method::HEAD) && !own_page {
        return Err(AppError::refused("cross_site", "a change from a browser must come from this server's own page"));
    }
    let mut conn = app.db.acquire().await?;
    sql::by_session(&mut conn, now, &crypto::hash(session)).await?.ok_or_else(nobody)
}

fn session_of(cookies: &str) -> Option<&str> {
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

/// Scheme, host and port of a base URL.
fn origin_of(base_url: &str) -> &str {
    let start = base_url.find("://").map_or(0, |at| at + 3);
    base_url[start..].find('/').map_or(base_url, |slash| &base_url[..start + slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_base_url_without_its_path() {
        assert_eq!(origin_of("https://c.example/codex"), "https://c.example");
        assert_eq!(origin_of("http://127.0.0.1:8488"), "http://127.0.0.1:8488");
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        assert_eq!(session_of("a=1; cac_session=x; b=2"), Some("x"));
        assert_eq!(session_of("xcac_session=x"), None);
    }
}
