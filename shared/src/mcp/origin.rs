//! Which pages may call: a browser says where a page comes from, and no page is trusted for calling itself by our name.

/// `scheme://host[:port]` in lower case, without a port that the scheme has anyway; `None`: it is no origin of the web.
pub fn normalise(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://")?;
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-:[]".contains(&b);
    if rest.is_empty() || rest.starts_with(':') || !rest.bytes().all(plain) {
        return None;
    }
    Some(format!("{scheme}://{}", rest.strip_suffix(usual).unwrap_or(rest)))
}

/// The origin of an address.
pub fn of_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    normalise(&format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()))
}

/// Whether a request with this `Origin` is let in. Absent or empty is no browser's page.
pub fn is_allowed(origin: Option<&str>, allowed: &[String]) -> bool {
    match origin.map(str::trim) {
        None | Some("") => true,
        Some(origin) => normalise(origin).is_some_and(|origin| allowed.contains(&origin)),
    }
}

/// The authorities under which this server may be called: its public one, and loopback.
pub fn hosts(base_url: &str) -> Vec<String> {
    let public = base_url.split_once("://").and_then(|(_, rest)| rest.split('/').next()).map(str::to_ascii_lowercase);
    let name = public.as_deref().map(|public| match public.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name.to_owned(),
        _ => public.to_owned(),
    });
    name.into_iter().chain(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_pages_are_let_in() {
        let allowed = vec!["https://codex.example".to_owned(), "http://localhost:5173".to_owned()];
        let table = [
            (None, true),
            (Some(""), true),
            (Some("https://codex.example"), true),
            (Some("HTTPS://Codex.Example:443"), true),
            (Some("http://localhost:5173"), true),
            (Some("http://codex.example"), false),
            (Some("https://codex.example:8443"), false),
            (Some("https://codex.example.evil.example"), false),
            (Some("http://localhost"), false),
            (Some("null"), false),
            (Some("https://"), false),
            (Some("file:///x"), false),
            (Some("https://codex.example/path"), false),
        ];
        for (origin, expected) in table {
            assert_eq!(is_allowed(origin, &allowed), expected, "{origin:?}");
        }
    }

    #[test]
    fn the_servers_own_names_are_known() {
        assert_eq!(of_url("https://c.example:8443/codex").unwrap(), "https://c.example:8443");
        assert_eq!(hosts("https://C.example:8443/codex")[0], "c.example");
        assert_eq!(hosts("http://[::1]")[0], "[::1]");
    }
}
