//! Which Codex a host should run: a pure rule over the fleet's settings and the host.

use super::rank;
use crate::crypto::hash;
use crate::fleet::Fleet;
use crate::hosts::{Host, labels};

/// What of a host decides.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// Row id.
    pub id: u64,
    /// Its tags as stored.
    pub tags: &'a str,
    /// Its own pin.
    pub pin: Option<&'a str>,
}

impl<'a> std::convert::From<&'a Host> for Who<'a> {
    fn from(host: &'a Host) -> Self {
        Self { id: host.id, tags: &host.tags, pin: host.client_version_override.as_deref() }
    }
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The host's own pin.
    Host,
    /// The roll-out: the host is in its ring.
    Rollout,
    /// The fleet's pin.
    Fleet,
    /// The newest release seen, or nothing.
    Newest,
}

/// The version a host should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The version; `None` when nothing is known.
    pub version: Option<&'a str>,
    /// Why this one.
    pub from: From,
}

impl Target<'_> {
    /// The host moves either way. Otherwise it only moves up.
    pub fn is_locked(&self) -> bool {
        self.from != From::Newest
    }

    /// Whether a host that has `installed` should move.
    pub fn moves(&self, installed: Option<&str>) -> bool {
        match (self.version, installed) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(wanted), Some(installed)) if wanted == installed => false,
            (Some(wanted), Some(installed)) => self.is_locked() || rank(wanted).zip(rank(installed)).is_none_or(|(to, at)| to > at),
        }
    }
}

/// The host's pin, then the roll-out it is in the ring of, then the fleet's pin, then the newest release seen.
pub fn target<'a>(fleet: &'a Fleet, host: Option<Who<'a>>) -> Target<'a> {
    if let Some(pin) = host.and_then(|host| host.pin) {
        return Target { version: Some(pin), from: From::Host };
    }
    if let Some(version) = fleet.rollout_version.as_deref().filter(|_| host.is_some_and(|host| in_ring(fleet, host))) {
        return Target { version: Some(version), from: From::Rollout };
    }
    match fleet.client_version_lock.as_deref() {
        Some(pin) => Target { version: Some(pin), from: From::Fleet },
        None => Target { version: fleet.client_available.as_deref(), from: From::Newest },
    }
}

/// Whether the running roll-out reaches this host. A host's place stays the same as long as the roll-out does, so that a
/// higher percentage only adds hosts.
pub fn in_ring(fleet: &Fleet, host: Who<'_>) -> bool {
    let percent = fleet.rollout_percent.is_some_and(|percent| place(fleet.rollout_id, host.id) < u32::from(percent));
    let tag = fleet.rollout_tag.as_deref().is_some_and(|tag| labels::list(host.tags).contains(&tag));
    fleet.rollout_id > 0 && (percent || tag)
}

/// From 0 to 99: the same for one host and one roll-out, and another order of hosts for each roll-out.
fn place(rollout: u64, host: u64) -> u32 {
    let [a, b, c, d, ..] = hash(&format!("rollout {rollout} host {host}"));
    u32::from_be_bytes([a, b, c, d]) % 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{host, identity};

    fn fleet() -> Fleet {
        identity(host(), "active").fleet
    }

    fn who(id: u64, tags: &'static str, pin: Option<&'static str>) -> Who<'static> {
        Who { id, tags, pin }
    }

    #[test]
    fn the_nearest_choice_wins() {
        let newest = Fleet { client_available: Some("0.170.0".into()), ..fleet() };
        let pinned = Fleet { client_version_lock: Some("0.160.0".into()), ..newest.clone() };
        let everybody = Fleet { rollout_id: 7, rollout_version: Some("0.169.0".into()), rollout_percent: Some(100), ..pinned.clone() };
        let nobody = Fleet { rollout_percent: Some(0), ..everybody.clone() };
        let tagged = Fleet { rollout_percent: None, rollout_tag: Some("ci".into()), ..everybody.clone() };
        let table = [
            ("nothing is known", fleet(), Some(who(1, "", None)), None, From::Newest),
            ("the newest", newest, Some(who(1, "", None)), Some("0.170.0"), From::Newest),
            ("the pin", pinned.clone(), Some(who(1, "", None)), Some("0.160.0"), From::Fleet),
            ("a host's own", everybody.clone(), Some(who(1, "", Some("0.80.0"))), Some("0.80.0"), From::Host),
            ("in the ring", everybody.clone(), Some(who(1, "", None)), Some("0.169.0"), From::Rollout),
            ("outside of it", nobody, Some(who(1, "", None)), Some("0.160.0"), From::Fleet),
            ("with the tag", tagged.clone(), Some(who(1, "a,ci", None)), Some("0.169.0"), From::Rollout),
            ("with another tag", tagged, Some(who(1, "cite", None)), Some("0.160.0"), From::Fleet),
            ("nobody in particular", everybody, None, Some("0.160.0"), From::Fleet),
        ];
        for (what, fleet, host, version, from) in table {
            assert_eq!(target(&fleet, host), Target { version, from }, "{what}");
        }
    }

    #[test]
    fn a_higher_percentage_only_adds_hosts() {
        let ring = |rollout_id, percent| {
            let fleet = Fleet { rollout_id, rollout_version: Some("1.0.0".into()), rollout_percent: Some(percent), ..fleet() };
            (1..=2000).filter(|id| in_ring(&fleet, Who { id: *id, tags: "", pin: None })).collect::<Vec<u64>>()
        };
        for (smaller, larger) in [(0, 1), (1, 10), (10, 50), (50, 99), (99, 100)] {
            let (few, many) = (ring(3, smaller), ring(3, larger));
            assert!(few.len() < many.len() && few.iter().all(|id| many.contains(id)), "{smaller} and {larger} percent");
        }
        assert!((150..=250).contains(&ring(3, 10).len()), "{}", ring(3, 10).len());
        assert_eq!((ring(3, 0).len(), ring(3, 100).len()), (0, 2000));
        assert_ne!(ring(3, 10), ring(4, 10), "the next roll-out begins with others");
    }

    #[test]
    fn hosts_move_down_only_for_a_pin() {
        let to = |from| Target { version: Some("0.169.0"), from };
        for (installed, newest, pinned) in [
            (None, true, true),
            (Some("0.169.0"), false, false),
            (Some("0.168.9"), true, true),
            (Some("0.169.0-alpha.3"), true, true),
            (Some("0.170.0-alpha.1"), false, true),
            (Some("0.170.0"), false, true),
            (Some("built-here"), true, true),
        ] {
            assert_eq!((to(From::Newest).moves(installed), to(From::Fleet).moves(installed)), (newest, pinned), "{installed:?}");
        }
        assert!(!Target { version: None, from: From::Newest }.moves(None));
    }
}
