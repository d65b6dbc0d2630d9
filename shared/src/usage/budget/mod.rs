//! What the fleet and each host may cost in a month.
//!
//! A job sums up and notes the state beside the settings, so a launch reads nothing more than it reads anyway: what was
//! used in the last minute may not count yet.

pub mod settings;
mod sql;
pub mod tend;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use crate::fleet::Fleet;
use crate::hosts::Host;

/// How a budget is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Enough is left, or there is none.
    Fine,
    /// The share from which people are warned is used.
    Warn,
    /// All of it is used.
    Over,
}

impl State {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::Warn => "warn",
            Self::Over => "over",
        }
    }

    /// As it was noted; a note from another month says nothing.
    fn noted(name: &str, month: &str, now: DateTime<Utc>) -> Self {
        match name {
            "warn" if month == month_of(now) => Self::Warn,
            "over" if month == month_of(now) => Self::Over,
            _ => Self::Fine,
        }
    }
}

/// How the fleet's and hosts' budgets are doing this month, where there is something to say.
pub async fn standing(conn: &mut MySqlConnection, fleet: &Fleet, now: DateTime<Utc>) -> sqlx::Result<Vec<(String, State)>> {
    let hosts = sql::host_states(conn, &month_of(now)).await?;
    let month = fleet.budget_state_month.clone();
    let all = std::iter::once(("fleet".to_owned(), fleet.budget_state.clone(), month)).chain(hosts);
    Ok(all.map(|(whose, name, month)| (whose, State::noted(&name, &month, now))).filter(|(_, state)| *state != State::Fine).collect())
}

/// The UTC month, `YYYY-MM`.
pub fn month_of(now: DateTime<Utc>) -> String {
    now.format("%Y-%m").to_string()
}

/// How a budget is doing when so much is used. A budget of 0 is used up at once.
pub fn state(used: Decimal, budget: Option<Decimal>, warn_percent: u16) -> State {
    let Some(budget) = budget else { return State::Fine };
    if used >= budget {
        State::Over
    } else if used * Decimal::ONE_HUNDRED >= budget * Decimal::from(warn_percent) {
        State::Warn
    } else {
        State::Fine
    }
}

/// What a launch is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Codex is not started.
    pub stop: bool,
    /// Why, for a person.
    pub text: String,
}

/// What a launch is told of both budgets; a VIP host is never stopped.
pub fn verdict(fleet: &Fleet, host: &Host, now: DateTime<Utc>) -> Option<Verdict> {
    let of_fleet = State::noted(&fleet.budget_state, &fleet.budget_state_month, now);
    let of_host = State::noted(&host.budget_state, &host.budget_state_month, now);
    let stops = |state, stops| state == State::Over && stops && !host.vip;
    let words =
        [("the fleet's", of_fleet, fleet.budget_month), ("this host's", of_host, host.budget_month)].map(|(whose, state, budget)| {
            let budget = budget.unwrap_or_default().normalize();
            match state {
                State::Fine => None,
                State::Warn => Some(format!("most of {whose} budget of {budget} for this month is used")),
                State::Over => Some(format!("{whose} budget of {budget} for this month is used up")),
            }
        });
    let text = words.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let stop = stops(of_fleet, fleet.budget_stops) || stops(of_host, host.budget_stops);
    (!text.is_empty()).then_some(Verdict { stop, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host, identity};

    #[test]
    fn a_budget_warns_and_ends() {
        let of = |n: i64| Decimal::from(n);
        for (used, budget, expected) in [
            (0, None, State::Fine),
            (79, Some(100), State::Fine),
            (80, Some(100), State::Warn),
            (99, Some(100), State::Warn),
            (100, Some(100), State::Over),
            (0, Some(0), State::Over),
        ] {
            assert_eq!(state(of(used), budget.map(of), 80), expected, "{used} of {budget:?}");
        }
    }

    #[test]
    fn a_launch_is_stopped_by_what_stops_this_month_and_never_a_vip() {
        let now = at(0);
        let over = |stops| Host { budget_state: "over".into(), budget_state_month: month_of(now), budget_stops: stops, ..host() };
        let fleet = identity(host(), "active").fleet;
        let stop = |fleet: &Fleet, host: &Host| verdict(fleet, host, now).map(|verdict| verdict.stop);
        assert_eq!(stop(&fleet, &host()), None);
        assert_eq!(stop(&fleet, &over(false)), Some(false));
        assert_eq!(stop(&fleet, &over(true)), Some(true));
        assert_eq!(stop(&fleet, &Host { vip: true, ..over(true) }), Some(false));
        assert_eq!(stop(&fleet, &Host { budget_state_month: "2020-01".into(), ..over(true) }), None, "another month's");
        let all = Fleet { budget_state: "over".into(), budget_state_month: month_of(now), budget_stops: true, ..fleet };
        assert_eq!(stop(&all, &host()), Some(true));
        assert!(verdict(&all, &over(true), now).unwrap().text.contains("; "), "both are named");
    }
}
