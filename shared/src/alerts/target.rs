//! Where a webhook may be.

use reqwest::Url;
use reqwest::header::HeaderValue;

/// Longest address, in bytes.
const LONGEST: usize = 2000;

/// Checks an address: https, or http to this machine. A private network is fine: operators host receivers inside.
pub fn parse(text: &str) -> Result<Url, &'static str> {
    let text = text.trim();
    if text.len() > LONGEST || HeaderValue::from_str(text).is_err() {
        return Err("url must be a plain address of at most 2000 characters");
    }
    let url = Url::parse(text).map_err(|_| "url must be an address like https://alerts.example.com/hook")?;
    match (url.scheme(), is_loopback(&url)) {
        ("https", _) | ("http", true) => {}
        _ => return Err("url must start with https://; http:// is only for a loopback address"),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("url must not contain a user, a password or a fragment");
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    literal.map_or(host == "localhost", |address| address.is_loopback())
}

/// Scheme, host and port: what may be shown to everybody. Some receivers keep a secret in the path.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_https_or_this_machine() {
        for good in [
            "https://alerts.example.com/hook?x=1",
            "https://10.0.0.8/",
            "http://127.0.0.1:9000/",
            "http://127.8.8.8/",
            "http://[::1]:1/",
            "http://localhost:3000/x",
            " https://a.example/\n",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        let long = format!("https://a.example/{}", "a".repeat(LONGEST));
        for bad in [
            "",
            "alerts.example.com",
            "http://alerts.example.com/",
            "http://10.0.0.8/",
            "http://localhost.example.com/",
            "http://0.0.0.0/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user@a.example/",
            "https://:pw@a.example/",
            "https://a.example/#x",
            "https://a.example/\nx",
            &long,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(origin(&parse("https://a.example:8443/T0/secret").unwrap()), "https://a.example:8443");
    }
}
