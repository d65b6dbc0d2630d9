//! What becomes of a push: the rule.

use super::policy::Policy;
use super::sql::State;

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The fleet has it.
    Same,
    /// It is taken.
    Take,
    /// It waits.
    Wait { conflict: bool },
    /// It was decided before.
    Before(State),
    /// It is not taken.
    Refuse,
}

/// What the fleet has at the place of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ours<'a> {
    /// Nothing.
    Missing,
    /// A document that reaches no host.
    Retired,
    /// A text with this SHA-256.
    Has(&'a str),
}

/// The rule; texts by their SHA-256. `before`: what became of the same push earlier.
pub(super) fn decide(theirs: &str, base: Option<&str>, ours: Ours<'_>, policy: Policy, before: Option<State>) -> Decision {
    if ours == Ours::Has(theirs) {
        return Decision::Same;
    }
    let clean = match ours {
        Ours::Has(now) => base == Some(now),
        // A file that the fleet does not know any more, or a new one.
        Ours::Missing => true,
        Ours::Retired => false,
    };
    match before {
        // It was taken before, and what it was based on is the fleet's again.
        Some(State::Accepted) if clean => {}
        Some(state) => return Decision::Before(state),
        None => {}
    }
    match policy {
        Policy::Refuse => Decision::Refuse,
        Policy::Accept if clean => Decision::Take,
        _ => Decision::Wait { conflict: !clean },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_push() {
        use Decision::{Before, Refuse, Same, Take, Wait};
        use Policy::{Accept, Refuse as Closed, Review};
        let (review, conflict) = (Wait { conflict: false }, Wait { conflict: true });
        for (base, ours, policy, before, expected) in [
            (None, Ours::Has("h"), Closed, None, Same),
            (Some("f"), Ours::Has("f"), Accept, None, Take),
            (Some("f"), Ours::Has("f"), Review, None, review),
            (Some("f"), Ours::Has("f"), Closed, None, Refuse),
            (Some("o"), Ours::Has("f"), Accept, None, conflict),
            (None, Ours::Has("f"), Accept, None, conflict),
            (Some("o"), Ours::Has("f"), Closed, None, Refuse),
            (None, Ours::Missing, Accept, None, Take),
            (None, Ours::Missing, Review, None, review),
            (Some("f"), Ours::Retired, Accept, None, conflict),
            (None, Ours::Retired, Review, None, conflict),
            (Some("f"), Ours::Has("f"), Review, Some(State::Waiting), Before(State::Waiting)),
            (Some("f"), Ours::Has("f"), Accept, Some(State::Declined), Before(State::Declined)),
            (Some("o"), Ours::Has("f"), Accept, Some(State::Accepted), Before(State::Accepted)),
            (Some("f"), Ours::Has("f"), Accept, Some(State::Accepted), Take),
        ] {
            assert_eq!(decide("h", base, ours, policy, before), expected, "{base:?} {ours:?} {policy:?} {before:?}");
        }
    }
}
