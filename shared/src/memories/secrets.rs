//! Texts that hold what opens something: they are not kept where others read them.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use regex::Regex;

/// One kind of secret: what to call it, how it looks, and what must be true of the part in the group `s`.
struct Kind {
    name: &'static str,
    looks: Regex,
    is_real: fn(&str) -> bool,
}

/// Names that a person would know, in the order of certainty.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let kind = |name, looks: &str, is_real| Kind { name, looks: Regex::new(looks).expect("it is a pattern of ours"), is_real };
    let always = |_: &str| true;
    vec![
        kind("a private key", r"(?P<s>-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)", always),
        kind("a key of this server", r"\b(?P<s>(?:cdxr|cah|caa|cas)_[0-9a-f]{64,72})\b", always),
        kind("an AWS access key", r"\b(?P<s>(?:AKIA|ASIA)[0-9A-Z]{16})\b", |text| !text.ends_with("EXAMPLE")),
        kind("a GitHub token", r"\b(?P<s>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})", mixed),
        kind("a GitLab token", r"\b(?P<s>glpat-[A-Za-z0-9_-]{20,})", mixed),
        kind("a Slack token", r"\b(?P<s>xox[abeprs]-[0-9A-Za-z-]{20,})", has_digit),
        kind("a Google key", r"\b(?P<s>AIza[0-9A-Za-z_-]{35})", always),
        kind("an npm token", r"\b(?P<s>npm_[A-Za-z0-9]{36})\b", mixed),
        kind("a PyPI token", r"\b(?P<s>pypi-AgEI[A-Za-z0-9_-]{40,})", always),
        kind("a Hugging Face token", r"\b(?P<s>hf_[A-Za-z]{34,})\b", |text| text.bytes().any(|b| b.is_ascii_uppercase())),
        kind("a payment key", r"\b(?P<s>[sr]k_(?:live|test)_[A-Za-z0-9]{20,})", always),
        kind("an API key", r"\b(?P<s>sk-[A-Za-z0-9_-]{20,})", mixed),
        kind("a refresh token", r"\b(?P<s>rt_[A-Za-z0-9_.-]{40,})", mixed),
        kind("a signed token (JWT)", r"\b(?P<s>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})", is_jwt),
        kind("a password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#]{0,64}:(?P<s>[^\s/@]{1,256})@", is_no_placeholder),
        kind("a bearer token", r"(?i)\bbearer\s+(?P<s>[A-Za-z0-9_.~+/=-]{24,})", mixed),
        kind(
            "an assigned secret",
            r#"(?i)\b[a-z0-9_.-]{0,32}(?:api[_-]?key|secret|access[_-]?token|auth[_-]?token|refresh[_-]?token|passw(?:or)?d|private[_-]?key)["']?\s*[:=]\s*["']?(?P<s>[A-Za-z0-9+/_=.-]{20,})"#,
            |text| mixed(text) && is_no_placeholder(text),
        ),
    ]
});

/// What the text seems to hold; `None`: nothing that we know.
pub fn find(text: &str) -> Option<&'static str> {
    let holds = |kind: &&Kind| kind.looks.captures_iter(text).any(|found| found.name("s").is_some_and(|s| (kind.is_real)(s.as_str())));
    KINDS.iter().find(holds).map(|kind| kind.name)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Random texts have letters in both cases and digits; names that people give do not.
fn mixed(text: &str) -> bool {
    has_digit(text) && text.bytes().any(|b| b.is_ascii_uppercase()) && text.bytes().any(|b| b.is_ascii_lowercase())
}

/// The first part of a token says how it is signed.
fn is_jwt(text: &str) -> bool {
    let head = text.split('.').next().unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.decode(head).is_ok_and(|json| String::from_utf8_lossy(&json).contains("\"alg\""))
}

/// What documentation writes where a secret would be.
fn is_no_placeholder(text: &str) -> bool {
    let plain = text.trim_matches(|c| matches!(c, '"' | '\'')).to_ascii_lowercase();
    let marked = plain.starts_with(['<', '$', '{', '[', '%', '*']) || plain.contains("${") || plain.contains("...");
    let words = ["password", "passwd", "pass", "pwd", "secret", "token", "changeme", "redacted", "example", "placeholder", "your", "xxx"];
    let named = words.iter().any(|word| plain == *word || plain.starts_with(&format!("{word}-")) || plain.starts_with(&format!("{word}_")));
    let drawn = plain.chars().all(|c| c == plain.chars().next().unwrap_or('x')) && plain.len() > 2;
    !(marked || named || drawn || plain.contains("example") || plain.contains("your"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that no scanner takes this file for a leak.
    fn join(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn what_opens_something_is_recognised() {
        let hex = "0123456789abcdef".repeat(4) + "01234567";
        let jwt = join(&["eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.", "dBjftJeZ4CVPmB92K27uhbUJU1p1r"]);
        let table = [
            (join(&["-----BEGIN ", "RSA PRIVATE KEY-----"]), "a private key"),
            (join(&["x\n-----BEGIN ", "PRIVATE KEY-----\nMII"]), "a private key"),
            (join(&["-----BEGIN ", "OPENSSH PRIVATE KEY-----"]), "a private key"),
            (format!("the handle is cdxr_{hex}"), "a key of this server"),
            (format!("key=cah_{hex}"), "a key of this server"),
            (join(&["AK", "IAIOSFODNN7ABCDEFG"]), "an AWS access key"),
            (join(&["ghp", "_0123456789ABCDEFabcdef0123456789abcd"]), "a GitHub token"),
            (join(&["github", "_pat_11AAAAAAA0abcdefghijklmnop"]), "a GitHub token"),
            (join(&["glpat", "-AbCdEf0123456789AbCd"]), "a GitLab token"),
            (join(&["xoxb", "-123456789012-abcdefABCDEF"]), "a Slack token"),
            (join(&["AIza", "SyA0123456789abcdefghijklmnopqrstuv"]), "a Google key"),
            (join(&["npm", "_abcdefghijABCDEFGHIJ0123456789abcdef"]), "an npm token"),
            (join(&["hf", "_abcdefghijABCDEFGHIJabcdefghijABCD"]), "a Hugging Face token"),
            (join(&["sk", "_live_abcdefghij0123456789"]), "a payment key"),
            (join(&["use sk", "-proj-AbCdEf0123456789AbCdEf for it"]), "an API key"),
            (join(&["rt", "_AbCdEf0123456789AbCdEf0123456789AbCdEf0123"]), "a refresh token"),
            (format!("token {jwt}"), "a signed token (JWT)"),
            ("postgres://admin:hunter2@db.internal/x".into(), "a password in an address"),
            ("https://:s3cr3t@host".into(), "a password in an address"),
            ("Authorization: Bearer AbCdEf0123456789AbCdEf0123".into(), "a bearer token"),
            ("MY_API_KEY=\"AbCdEf0123456789AbCd\"".into(), "an assigned secret"),
            ("db_password: Zx81Zx81Zx81Zx81Zx81Qq".into(), "an assigned secret"),
        ];
        for (text, name) in table {
            assert_eq!(find(&text), Some(name), "{text}");
        }
    }

    #[test]
    fn what_only_looks_a_little_like_it_is_not() {
        let table = [
            "the build runs make check before make install",
            "commit 8b9c9ae21f0b7b6a3f6f1d2c3b4a59687f6e5d4c is good",
            "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "id 6f1f3c1e-9d3a-4d0f-8a3e-0123456789ab",
            "sk-circle-fade-dot-loader-animation is a CSS class",
            "put your key in OPENAI_API_KEY",
            "OPENAI_API_KEY=$OPENAI_API_KEY cargo test",
            "export API_KEY=<your-api-key-goes-here-please>",
            "postgres://user:password@localhost/db",
            "postgres://app:${DB_PASSWORD}@db/app",
            "mysql://root:***@127.0.0.1/x",
            "https://example.com:8080/path@2x.png",
            "see https://host/a:b@c",
            "git@github.com:owner/repo.git",
            "ssh://git@github.com:22/owner/repo",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "AKIAIOSFODNN7EXAMPLE is what AWS's documents print",
            "use the bearer token from the environment",
            "password: see the vault entry of the team",
            "the secret is to test first",
            "eyJust.kidding.really",
            "token = parser.next_token_or_end_of_input()",
            "npm_config_registry=https://registry.npmjs.org",
            "time 12:30@noon",
        ];
        for text in table {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
