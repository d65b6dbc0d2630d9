//! Whether a change comes from our own page. A browser sends cookies and certificates along by itself, whoever asks.

use axum::http::{HeaderMap, Method, header};

use crate::AppError;

/// How a request is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambient {
    /// By a cookie: only browsers have it, so a change must say where it comes from.
    Cookie,
    /// By a certificate or by where it comes from: programs have that too, and send no `Origin`.
    Connection,
}

/// Refuses a change that another site's page asks for: its `Origin` is not ours, or the browser says it crosses sites.
pub fn check(kind: Ambient, method: &Method, headers: &HeaderMap, base_url: &str) -> Result<(), AppError> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let ours = match text(header::ORIGIN.as_str()) {
        Some(origin) => origin == origin_of(base_url),
        None => kind == Ambient::Connection && matches!(text("sec-fetch-site"), None | Some("same-origin" | "none")),
    };
    if ours { Ok(()) } else { Err(AppError::refused("cross_site", "a change from a browser must come from this server's own page")) }
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
    fn a_change_comes_from_our_own_page_or_from_no_browser() {
        use Ambient::{Connection, Cookie};
        let own = Some("https://c.example");
        for (kind, origin, site, passes) in [
            (Cookie, own, Some("same-origin"), true),
            (Cookie, own, None, true),
            (Cookie, None, None, false),
            (Cookie, None, Some("same-origin"), false),
            (Cookie, Some("https://evil.example"), None, false),
            (Cookie, Some("null"), None, false),
            (Connection, own, None, true),
            (Connection, None, None, true),
            (Connection, None, Some("none"), true),
            (Connection, None, Some("cross-site"), false),
            (Connection, None, Some("same-site"), false),
            (Connection, Some("https://evil.example"), Some("same-origin"), false),
            (Connection, Some("null"), None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(origin.map(|o| (header::ORIGIN, o.parse().unwrap())));
            headers.extend(site.map(|s| ("sec-fetch-site".parse().unwrap(), s.parse().unwrap())) as Option<(axum::http::HeaderName, _)>);
            let result = check(kind, &Method::POST, &headers, "https://c.example/base");
            assert_eq!(result.is_ok(), passes, "{kind:?} {origin:?} {site:?}");
            assert!(check(kind, &Method::GET, &headers, "https://c.example").is_ok(), "reading is no change");
        }
    }
}
