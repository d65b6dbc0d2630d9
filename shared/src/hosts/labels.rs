//! Tags and notes: an operator's own order among hosts.

use std::collections::BTreeSet;

/// Most tags of a host.
pub const MAX_TAGS: usize = 32;
/// Longest tag, in characters.
pub const MAX_TAG: usize = 32;
/// Longest note, in characters.
pub const MAX_NOTES: usize = 2000;

/// Brings tags into the stored form: lower case, sorted, each once. Says which one cannot be used.
pub fn store<'a>(tags: impl IntoIterator<Item = &'a str>) -> Result<String, String> {
    let given: Vec<_> = tags.into_iter().collect();
    if given.len() > MAX_TAGS {
        return Err(format!("a host has at most {MAX_TAGS} tags"));
    }
    let set: BTreeSet<_> = given.iter().map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if let Some(bad) = set.iter().find(|tag| tag.len() > MAX_TAG || !tag.chars().all(plain)) {
        return Err(format!("\"{bad}\" is not a tag: up to {MAX_TAG} letters, digits and . _ : / -"));
    }
    Ok(set.into_iter().collect::<Vec<_>>().join(","))
}

/// The tags of the stored form.
pub fn list(stored: &str) -> Vec<&str> {
    stored.split(',').filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_one_form() {
        assert_eq!(store([" CI ", "ci", "team:web", ""]).unwrap(), "ci,team:web");
        assert_eq!(list("ci,team:web"), ["ci", "team:web"]);
        assert!(list("").is_empty());
        for bad in ["a,b", "a b", "é", "<b>", &"a".repeat(33)] {
            assert!(store([bad]).is_err(), "{bad}");
        }
        assert!(store([""; 33]).is_err(), "what is given counts");
        assert!(store((0..33).map(|n| n.to_string()).collect::<Vec<_>>().iter().map(String::as_str)).is_err());
    }
}
