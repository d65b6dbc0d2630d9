//! What happens to one file: from what a host has, what it was last given, and what the fleet has.

/// What the fleet has for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fleet<'a> {
    /// This text, which hosts may change.
    Has(&'a str),
    /// This text, made from something else: a change of it cannot be taken back.
    Made(&'a str),
    /// This text, which this host's Codex reads under another path.
    Elsewhere(&'a str),
    /// It had one, and an operator retired it.
    Retired,
    /// Nothing.
    Unknown,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: they agree.
    Clean,
    /// The host gets the fleet's text.
    Send,
    /// The host removes its copy, which is the one it was given.
    Delete,
    /// The host changed it and the fleet did not: the host is asked for its text.
    Push,
    /// Both changed it: the host is asked for its text, and an operator decides.
    Conflict,
    /// The host's own file, or its own copy of one that is made: it stays.
    Leave,
}

/// The rule; texts by their SHA-256.
pub fn step(has: Option<&str>, base: Option<&str>, fleet: Fleet<'_>) -> Step {
    let untouched = has.is_some() && has == base;
    match (has, fleet) {
        (None, Fleet::Has(_) | Fleet::Made(_)) => Step::Send,
        (None, _) => Step::Clean,
        (Some(has), Fleet::Has(now) | Fleet::Made(now)) if has == now && untouched => Step::Clean,
        // Its own text became the fleet's, or always was the same: given once, so that it is known what it changes next.
        (Some(has), Fleet::Has(now) | Fleet::Made(now)) if has == now => Step::Send,
        (Some(_), Fleet::Has(_) | Fleet::Made(_)) if untouched => Step::Send,
        (Some(_), Fleet::Elsewhere(_) | Fleet::Retired | Fleet::Unknown) if untouched => Step::Delete,
        // Never given, never ours: a path that was the fleet's once is free again.
        (Some(_), Fleet::Made(_) | Fleet::Unknown) => Step::Leave,
        (Some(_), Fleet::Elsewhere(_) | Fleet::Retired) if base.is_none() => Step::Leave,
        (Some(has), Fleet::Elsewhere(now)) if has == now => Step::Leave,
        (Some(_), Fleet::Has(now) | Fleet::Elsewhere(now)) if base == Some(now) => Step::Push,
        (Some(_), Fleet::Has(_) | Fleet::Elsewhere(_) | Fleet::Retired) => Step::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case: the fleet's text is "f", what the host was given "f" (current), "o" (older) or nothing.
    #[test]
    fn every_case_of_three_texts() {
        use Step::{Clean, Conflict, Delete, Leave, Push, Send};
        let (f, o, h) = (Some("f"), Some("o"), Some("h"));
        let fleets = [Fleet::Has("f"), Fleet::Made("f"), Fleet::Elsewhere("f"), Fleet::Retired, Fleet::Unknown];
        #[rustfmt::skip]
        let table = [
            // has   base   Has       Made   Elsewhere Retired   Unknown
            (None,  None,  [Send,     Send,  Clean,    Clean,    Clean]),
            (None,  f,     [Send,     Send,  Clean,    Clean,    Clean]),
            (None,  o,     [Send,     Send,  Clean,    Clean,    Clean]),
            (f,     None,  [Send,     Send,  Leave,    Leave,    Leave]),
            (f,     f,     [Clean,    Clean, Delete,   Delete,   Delete]),
            (f,     o,     [Send,     Send,  Leave,    Conflict, Leave]),
            (o,     None,  [Conflict, Leave, Leave,    Leave,    Leave]),
            (o,     f,     [Push,     Leave, Push,     Conflict, Leave]),
            (o,     o,     [Send,     Send,  Delete,   Delete,   Delete]),
            (h,     None,  [Conflict, Leave, Leave,    Leave,    Leave]),
            (h,     f,     [Push,     Leave, Push,     Conflict, Leave]),
            (h,     o,     [Conflict, Leave, Conflict, Conflict, Leave]),
        ];
        for (has, base, steps) in table {
            for (fleet, expected) in fleets.into_iter().zip(steps) {
                assert_eq!(step(has, base, fleet), expected, "has {has:?}, was given {base:?}, the fleet {fleet:?}");
            }
        }
    }

    /// A text that the fleet does not hold is never overwritten or deleted: only what was given is, or what is the same.
    #[test]
    fn no_text_is_lost() {
        let texts = [None, Some("a"), Some("b"), Some("c")];
        let fleets = [Fleet::Has("a"), Fleet::Made("a"), Fleet::Elsewhere("a"), Fleet::Retired, Fleet::Unknown];
        for (has, base) in texts.iter().flat_map(|has| texts.iter().map(move |base| (*has, *base))) {
            for fleet in fleets {
                if has.is_some() && matches!(step(has, base, fleet), Step::Send | Step::Delete) {
                    assert!(has == base || has == Some("a"), "has {has:?}, was given {base:?}, the fleet {fleet:?}");
                }
            }
        }
    }
}
