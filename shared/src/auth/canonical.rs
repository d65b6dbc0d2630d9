//! The canonical form of a login and its digest: `reference/host-api.md` 3.2 and 3.3, with the differences that empty
//! objects stay objects, numbers keep their text and timestamps are strict RFC 3339.

use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;

use super::document::Node;
use super::{jwt, quality};
use crate::crypto::sha256_hex;
use crate::error::FieldErrors;

/// The target that a login without `auths` is for.
const DEFAULT_TARGET: &str = "api.openai.com";
/// 2000-01-01T00:00:00Z: what an empty client claims; anything earlier is refused.
const OLDEST: i64 = 946_684_800;
/// How far ahead of the server's clock a login may be, in seconds.
const MAX_AHEAD: i64 = 300;

/// A login in canonical form.
#[derive(Clone)]
pub struct Login {
    node: Node,
    /// The canonical bytes.
    pub bytes: String,
    /// Lower-case hex SHA-256 of [`Login::bytes`].
    pub digest: String,
    /// As the client wrote it.
    pub last_refresh: String,
    /// The same, parsed.
    pub refreshed_at: DateTime<Utc>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({}…)", &self.digest[..8])
    }
}

impl Login {
    /// Validates `node` and brings it into canonical form.
    pub fn parse(node: Node, min_token: usize, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let Node::Object(mut map) = node else { return Err(one("auth", "Auth payload is required")) };
        let last_refresh = map.get("last_refresh").and_then(Node::as_str).filter(|text| !text.trim().is_empty());
        let last_refresh = last_refresh.ok_or_else(|| one("auth.last_refresh", "last_refresh is required"))?.to_owned();
        let refreshed_at = parse_last_refresh(&last_refresh, now).map_err(|why| one("auth.last_refresh", why))?;
        let given = map.get("auths").and_then(Node::as_object).filter(|auths| !auths.is_empty()).cloned();
        let auths = normalise_auths(
            match given {
                Some(auths) => auths,
                None => fallback(&map).ok_or_else(|| one("auth.auths", "auths must be an object of targets"))?,
            },
            min_token,
        )?;
        map.insert("auths".to_owned(), Node::Object(auths));
        Ok(Self::of(Node::Object(map), last_refresh, refreshed_at))
    }

    /// Reads back what [`Login::bytes`] held. It was valid when it came in: today's rules do not make it disappear.
    pub fn stored(bytes: &str) -> Result<Self, String> {
        let node = Node::parse(bytes.as_bytes())?;
        let last_refresh = node.get("last_refresh").and_then(Node::as_str).ok_or("no last_refresh")?.to_owned();
        let refreshed_at = strict_rfc3339(&last_refresh).ok_or("bad last_refresh")?;
        Ok(Self::of(node, last_refresh, refreshed_at))
    }

    fn of(node: Node, last_refresh: String, refreshed_at: DateTime<Utc>) -> Self {
        let bytes = node.to_compact();
        let digest = sha256_hex(&bytes);
        Self { node, bytes, digest, last_refresh, refreshed_at }
    }

    /// The document.
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The same login with other content, for a host view.
    #[must_use]
    pub fn with_node(&self, node: Node) -> Self {
        Self::of(node, self.last_refresh.clone(), self.refreshed_at)
    }

    /// A member of `tokens`, when it is a non-blank string.
    pub fn token(&self, name: &str) -> Option<&str> {
        self.node.get("tokens")?.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Every secret that makes this login the login it is: two documents with the same ones are one login.
    pub fn secrets(&self) -> Vec<&str> {
        let auths = self.node.get("auths").and_then(Node::as_object);
        let targets = auths.into_iter().flat_map(IndexMap::values).filter_map(|entry| entry.get("token")?.as_str());
        let mut all: Vec<_> = targets.chain(self.token("access_token")).chain(self.token("refresh_token")).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The ChatGPT account it is for; API keys have none.
    pub fn account_id(&self) -> Option<String> {
        let named = self.token("account_id").map(str::to_owned);
        named.or_else(|| jwt::account_id(self.token("id_token")?)).or_else(|| jwt::account_id(self.token("access_token")?))
    }

    /// When it was made, in epoch seconds: by OpenAI's clock where the token tells, otherwise by `last_refresh`.
    pub fn issued_at(&self) -> Option<i64> {
        jwt::issued_at(self.token("access_token")?)
    }
}

/// Checks a `last_refresh` against the bounds of the contract.
pub fn parse_last_refresh(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, &'static str> {
    let at = strict_rfc3339(text).ok_or("must be an RFC3339 timestamp")?;
    if at.timestamp() < OLDEST {
        return Err("timestamp is implausibly old");
    }
    if at > now + TimeDelta::seconds(MAX_AHEAD) {
        return Err("timestamp is in the future");
    }
    Ok(at)
}

fn strict_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let separated = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    separated.then(|| DateTime::parse_from_rfc3339(text).ok()).flatten().map(|at| at.to_utc())
}

fn one(field: &str, message: impl Into<String>) -> FieldErrors {
    FieldErrors::from([(field.to_owned(), vec![message.into()])])
}

fn fallback(map: &IndexMap<String, Node>) -> Option<IndexMap<String, Node>> {
    let access = map.get("tokens").and_then(|tokens| tokens.get("access_token"));
    let text = [access, map.get("OPENAI_API_KEY")].into_iter().flatten().filter_map(Node::as_str).map(str::trim).find(|t| !t.is_empty())?;
    let entry = IndexMap::from([("token".to_owned(), Node::string(text)), ("token_type".to_owned(), Node::string("bearer"))]);
    Some(IndexMap::from([(DEFAULT_TARGET.to_owned(), Node::Object(entry))]))
}

fn normalise_auths(auths: IndexMap<String, Node>, min_token: usize) -> Result<IndexMap<String, Node>, FieldErrors> {
    let mut out = IndexMap::new();
    for (target, entry) in auths {
        let name = target.trim();
        if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            return Err(one("auth.auths", "auths keys must be non-empty strings"));
        }
        let path = format!("auth.auths.{name}");
        let Node::Object(entry) = entry else { return Err(one(&path, "entry must be an object")) };
        let entry = normalise_entry(&entry, &path, min_token)?;
        if out.insert(name.to_owned(), Node::Object(entry)).is_some() {
            return Err(one("auth.auths", "two targets have the same name"));
        }
    }
    out.sort_unstable_keys();
    Ok(out)
}

/// Field names and their older spellings, in the order in which they are looked for.
const ALIASES: [(&str, &[&str]); 4] = [
    ("token_type", &["token_type", "type"]),
    ("organization", &["organization", "org", "default_organization", "default_org"]),
    ("project", &["project", "default_project"]),
    ("api_base", &["api_base", "base_url"]),
];

fn normalise_entry(entry: &IndexMap<String, Node>, path: &str, min_token: usize) -> Result<IndexMap<String, Node>, FieldErrors> {
    let path = format!("{path}.token");
    let token = entry.get("token").and_then(Node::as_str).map(str::trim).filter(|t| !t.is_empty());
    let token = token.ok_or_else(|| one(&path, "token is required"))?;
    if let Some(complaint) = quality::complaint(token, min_token) {
        return Err(one(&path, complaint));
    }
    let mut out = IndexMap::from([("token".to_owned(), Node::string(token))]);
    for (name, spellings) in ALIASES {
        let first = spellings.iter().filter_map(|s| entry.get(*s)).find(|node| **node != Node::Null);
        let text = first.and_then(Node::as_str).map(str::trim).filter(|t| !t.is_empty());
        match text {
            Some(text) => out.insert(name.to_owned(), Node::string(text)),
            None if name == "token_type" => out.insert(name.to_owned(), Node::string("bearer")),
            None => None,
        };
    }
    let known = |key: &str| key == "token" || ALIASES.iter().any(|(_, spellings)| spellings.contains(&key));
    let plain = |node: &Node| !matches!(node, Node::Array(_) | Node::Object(_));
    let meta = entry.iter().filter(|(key, node)| !known(key) && plain(node));
    out.extend(meta.map(|(key, node)| (key.clone(), node.clone())));
    out.sort_unstable_keys();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-24T00:00:00Z").unwrap().to_utc()
    }

    fn login(text: &str) -> Result<Login, FieldErrors> {
        Login::parse(Node::parse(text.as_bytes()).unwrap(), 24, now())
    }

    /// The vectors of `reference/host-api.md` 3.3; the third is changed where we differ on purpose: `{}` and `1.0` stay.
    #[test]
    fn the_digests_are_the_references() {
        let vectors = [
            (
                r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"api.openai.com":{"token":"sk-test-1234567890abcdefghijklmnop"}}}"#,
                r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"api.openai.com":{"token":"sk-test-1234567890abcdefghijklmnop","token_type":"bearer"}}}"#,
                Some("c580cc3b440a59069f7b56de524826c6a77745520f424d5ea27e2fb2bc4f4f12"),
            ),
            (
                r#"{"OPENAI_API_KEY":null,"tokens":{"id_token":"idtok","access_token":"eyJ-access-token-abcdefghijklmnop-12345","refresh_token":"rt-1","account_id":"acct-1"},"last_refresh":"2026-01-02T03:04:05.123456789Z"}"#,
                r#"{"OPENAI_API_KEY":null,"tokens":{"id_token":"idtok","access_token":"eyJ-access-token-abcdefghijklmnop-12345","refresh_token":"rt-1","account_id":"acct-1"},"last_refresh":"2026-01-02T03:04:05.123456789Z","auths":{"api.openai.com":{"token":"eyJ-access-token-abcdefghijklmnop-12345","token_type":"bearer"}}}"#,
                Some("1ebaca48f26e2e17312624e20c03a219b96d3bc372ff3f9428b1fd3db8860759"),
            ),
            (
                r#"{"last_refresh":"2026-02-01T00:00:00Z","extra":{"b":1,"a":{}},"auths":{"zz.example":{"token":"tok-zz-0123456789abcdefghij","org":"o1","note":"n","nested":{"x":1},"n":null,"f":1.0},"api.openai.com":{"token":" sk-test-1234567890abcdefghijklmnop ","type":"bearer","base_url":"https://x/"}}}"#,
                r#"{"last_refresh":"2026-02-01T00:00:00Z","extra":{"b":1,"a":{}},"auths":{"api.openai.com":{"api_base":"https://x/","token":"sk-test-1234567890abcdefghijklmnop","token_type":"bearer"},"zz.example":{"f":1.0,"n":null,"note":"n","organization":"o1","token":"tok-zz-0123456789abcdefghij","token_type":"bearer"}}}"#,
                None,
            ),
            (
                r#"{"OPENAI_API_KEY":" sk-proj-abcdefghij0123456789 ","auths":{},"last_refresh":"2026-02-01T00:00:00Z","tokens":{"access_token":"   "}}"#,
                r#"{"OPENAI_API_KEY":" sk-proj-abcdefghij0123456789 ","auths":{"api.openai.com":{"token":"sk-proj-abcdefghij0123456789","token_type":"bearer"}},"last_refresh":"2026-02-01T00:00:00Z","tokens":{"access_token":"   "}}"#,
                Some("4635cac5116072f33553dcb107a76363bc1707a94bd11c0cdcdd625abbce98cd"),
            ),
        ];
        for (input, bytes, digest) in vectors {
            let login = login(input).unwrap();
            assert_eq!(login.bytes, bytes);
            if let Some(digest) = digest {
                assert_eq!(login.digest, digest);
            }
            assert_eq!(Login::stored(&login.bytes).unwrap().digest, login.digest, "canonical form is stable");
        }
    }

    #[test]
    fn what_is_not_a_login_is_named_by_field() {
        let table = [
            ("[]", "auth", "required"),
            ("{}", "auth.last_refresh", "required"),
            (r#"{"last_refresh":"now"}"#, "auth.last_refresh", "RFC3339"),
            (r#"{"last_refresh":"2026-02-01"}"#, "auth.last_refresh", "RFC3339"),
            (r#"{"last_refresh":"2026-02-30T00:00:00Z"}"#, "auth.last_refresh", "RFC3339"),
            (r#"{"last_refresh":"1999-12-31T23:59:59Z"}"#, "auth.last_refresh", "implausibly old"),
            (r#"{"last_refresh":"2026-11-24T00:05:01Z"}"#, "auth.last_refresh", "future"),
            (r#"{"last_refresh":"2026-02-01T00:00:00Z"}"#, "auth.auths", "object of targets"),
            (r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"123":{"token":"x"}}}"#, "auth.auths", "non-empty"),
            (r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"a":1}}"#, "auth.auths.a", "an object"),
            (r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"a":{}}}"#, "auth.auths.a.token", "required"),
            (r#"{"last_refresh":"2026-02-01T00:00:00Z","auths":{"a":{"token":"short"}}}"#, "auth.auths.a.token", "too short"),
        ];
        for (input, field, part) in table {
            let errors = login(input).unwrap_err();
            assert!(errors.get(field).is_some_and(|m| m[0].contains(part)), "{input}: {errors:?}");
        }
    }

    #[test]
    fn the_bounds_of_last_refresh_are_inclusive() {
        for good in ["2000-01-01T00:00:00Z", "2026-11-24T00:05:00Z", "2026-11-24T01:00:00+01:00"] {
            assert!(parse_last_refresh(good, now()).is_ok(), "{good}");
        }
    }
}
