//! What everybody is told while the login cannot be renewed.

use super::authority::State;
use super::authority::book::{RESTORED, UNANSWERED};
use super::authority::sql::state;
use crate::fleet::Fleet;

/// The sentence for people on a host; empty: nothing is wrong.
pub fn for_hosts(fleet: &Fleet) -> String {
    match state(&fleet.auth_state, fleet.auth_state_code.clone()) {
        State::Ok | State::Uncertain => String::new(),
        State::NeedsLogin(code) => {
            format!("the fleet's login cannot be renewed ({code}): Codex works until its token ends; an operator has to sign in again")
        }
    }
}

/// What to do, for operators; `None`: nothing.
pub fn for_operators(state: &State) -> Option<&'static str> {
    match state {
        State::Ok => None,
        State::Uncertain => Some("a refresh was sent and its answer never came: the server tries once more by itself"),
        State::NeedsLogin(code) if code == UNANSWERED => {
            Some("two refreshes were sent and neither was answered: try once more with rotate-now, or sign in again and seed the new login")
        }
        State::NeedsLogin(code) if code == RESTORED => Some(
            "this login came back from a copy, and its refresh token may be spent: if no other server has refreshed it since the copy, \
             rotate-now tries it once; otherwise run codex login on any machine and seed the new login",
        ),
        State::NeedsLogin(_) => Some("OpenAI does not take the login any more: run codex login on any machine and seed the new login"),
    }
}
