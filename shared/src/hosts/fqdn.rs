//! Host names, parsed once at the edge.

/// A fully qualified domain name or a single label, lower case, at most 253 bytes, labels of 1 to 63 letters, digits and
/// inner hyphens (RFC 1123).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fqdn(String);

impl Fqdn {
    /// Parses `text`; says in a sentence why it is not one.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err("fqdn is required");
        }
        if name.len() > 253 {
            return Err("fqdn must be 253 characters or fewer");
        }
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        if name.split('.').all(label) { Ok(Self(name)) } else { Err("fqdn must be a host name like build-7.example.com") }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fqdn;

    #[test]
    fn only_host_names_are_host_names() {
        for good in ["a", "build-7.example.com", " A.Example ", "1.2"] {
            assert!(Fqdn::parse(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "a..b", "a b", "a/b", "../x", "a;id", "$(id)", "a'b", "é", "a\nb", "<img>", &long] {
            assert!(Fqdn::parse(bad).is_err(), "{bad}");
        }
    }
}
