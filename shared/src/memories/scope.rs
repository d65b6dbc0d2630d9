//! Whose memories: a host's own, or shared ones where an operator grants them.

use crate::hosts::{Host, labels};
use crate::{AppError, AppResult};

/// Whose a memory is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One host's, by its id.
    Host(u64),
    /// Everybody's.
    Fleet,
    /// What this tag stands for.
    Tag(String),
}

impl Scope {
    /// As the database has it.
    pub fn text(&self) -> String {
        match self {
            Self::Host(id) => format!("host:{id}"),
            Self::Fleet => "fleet".to_owned(),
            Self::Tag(tag) => format!("tag:{tag}"),
        }
    }

    /// From the database or an administrator; a shared one also from a host.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "fleet" => Some(Self::Fleet),
            Some(("host", id)) => id.parse().ok().map(Self::Host),
            Some(("tag", tag)) => match labels::store([tag]) {
                Ok(stored) if !stored.is_empty() && !stored.contains(',') => Some(Self::Tag(stored)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a host calls it: its own is `host`.
    pub fn shown(&self) -> String {
        match self {
            Self::Host(_) => "host".to_owned(),
            shared => shared.text(),
        }
    }
}

/// What a caller wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Look.
    Read,
    /// Change; whoever may may look as well.
    Write,
}

impl Need {
    /// As the database has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// From the database or an administrator.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" | "read-write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// What one host may do with which memories.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The host.
    pub host: u64,
    /// Shared scopes it was granted.
    pub granted: Vec<(Scope, Need)>,
}

impl Reach {
    /// Whether it may.
    pub fn may(&self, scope: &Scope, need: Need) -> bool {
        match scope {
            Scope::Host(id) => *id == self.host,
            shared => self.granted.iter().any(|(granted, access)| granted == shared && *access >= need),
        }
    }

    /// Everything it may read, its own first, without repetition.
    pub fn readable(&self) -> Vec<Scope> {
        let mut all = vec![Scope::Host(self.host)];
        for (scope, _) in &self.granted {
            if !all.contains(scope) && self.may(scope, Need::Read) {
                all.push(scope.clone());
            }
        }
        all
    }

    /// The one scope a host names: absent, empty and `host` are its own. What it was not granted is refused, whether there
    /// is anything in it or not.
    pub fn one(&self, asked: Option<&str>, need: Need) -> AppResult<Scope> {
        let asked = asked.map(str::trim).filter(|asked| !asked.is_empty() && *asked != "host");
        let Some(asked) = asked else { return Ok(Scope::Host(self.host)) };
        let scope = Scope::parse(asked).filter(|scope| !matches!(scope, Scope::Host(_)));
        let scope = scope.ok_or_else(|| AppError::invalid("scope", "scope must be host, fleet or tag:<tag>"))?;
        if self.may(&scope, need) {
            return Ok(scope);
        }
        let message = format!("this host was not granted to {} memories of {}: an operator can grant it", need.name(), scope.text());
        Err(AppError::refused("scope_not_granted", message))
    }

    /// The scopes a look-up goes through: the one that is named, or all that may be read.
    pub fn searched(&self, asked: Option<&str>) -> AppResult<Vec<Scope>> {
        match asked.map(str::trim).filter(|asked| !asked.is_empty() && *asked != "all") {
            None => Ok(self.readable()),
            asked => Ok(vec![self.one(asked, Need::Read)?]),
        }
    }
}

/// What a host is granted as: itself, and each of its tags.
pub fn grantees(host: &Host) -> Vec<String> {
    let tags = labels::list(&host.tags).into_iter().map(|tag| format!("tag:{tag}"));
    [format!("host:{}", host.id)].into_iter().chain(tags).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_one_text_each() {
        for text in ["host:7", "fleet", "tag:ci", "tag:team:web"] {
            assert_eq!(Scope::parse(text).unwrap().text(), text);
        }
        for bad in ["", "host", "host:x", "host:-1", "tag:", "tag:a,b", "tag:a b", "Fleet", "all"] {
            assert_eq!(Scope::parse(bad), None, "{bad}");
        }
        assert_eq!(Scope::parse("tag:CI"), Some(Scope::Tag("ci".into())));
    }

    #[test]
    fn a_host_reaches_its_own_and_what_was_granted() {
        let reach = Reach { host: 1, granted: vec![(Scope::Fleet, Need::Read), (Scope::Tag("ci".into()), Need::Write)] };
        let table = [
            (Some("host"), true, true),
            (None, true, true),
            (Some(" "), true, true),
            (Some("fleet"), true, false),
            (Some("tag:ci"), true, true),
            (Some("tag:other"), false, false),
            (Some("host:1"), false, false),
            (Some("host:2"), false, false),
            (Some("nonsense"), false, false),
        ];
        for (asked, read, write) in table {
            assert_eq!(reach.one(asked, Need::Read).is_ok(), read, "{asked:?}");
            assert_eq!(reach.one(asked, Need::Write).is_ok(), write, "{asked:?}");
        }
        assert_eq!(reach.searched(None).unwrap(), [Scope::Host(1), Scope::Fleet, Scope::Tag("ci".into())]);
        assert_eq!(reach.searched(Some("fleet")).unwrap(), [Scope::Fleet]);
        assert!(reach.searched(Some("tag:other")).is_err());
    }
}
