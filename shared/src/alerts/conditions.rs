//! From facts to the conditions that hold: one pure function for each kind. A new kind is a line in [`SOURCES`], its
//! function, and the fact it needs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::facts::Facts;
use crate::auth::authority::State;
use crate::auth::authority::sql::state;
use crate::hosts::view::atom;
use crate::quota::judge::{Reason, Verdict};
use crate::quota::text;
use crate::usage::budget;

/// Something operators should know while it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// One of [`SOURCES`].
    pub kind: &'static str,
    /// What it is about; of each kind and subject there is one at a time.
    pub subject: String,
    /// One sentence without a full stop.
    pub summary: String,
    /// An object, without secrets and personal data.
    pub details: Value,
}

/// Finds the conditions of one kind.
type Source = fn(&Facts) -> Vec<Condition>;

/// Every kind and how it is found.
pub const SOURCES: &[(&str, Source)] = &[
    ("needs_login", needs_login),
    ("runner_failing", runner_failing),
    ("quota_near_limit", quota_near_limit),
    ("budget_crossed", budget_crossed),
    ("host_silent", host_silent),
    ("address_refused", address_refused),
    ("conflict_waiting", conflict_waiting),
    ("job_failing", job_failing),
    ("backup_late", backup_late),
];

/// All that holds.
pub fn active(facts: &Facts) -> Vec<Condition> {
    SOURCES.iter().flat_map(|(_, find)| find(facts)).collect()
}

/// Whether there is such a kind.
pub fn is_kind(name: &str) -> bool {
    SOURCES.iter().any(|(kind, _)| *kind == name)
}

fn condition(kind: &'static str, subject: impl Into<String>, summary: String, details: Value) -> Condition {
    let mut subject = subject.into();
    subject.truncate(subject.floor_char_boundary(255));
    Condition { kind, subject, summary, details }
}

fn needs_login(facts: &Facts) -> Vec<Condition> {
    let State::NeedsLogin(code) = state(&facts.fleet.auth_state, facts.fleet.auth_state_code.clone()) else { return vec![] };
    let summary = format!("the fleet's login cannot be renewed ({code}): sign in again and seed the new login");
    vec![condition("needs_login", "fleet", summary, json!({ "code": code }))]
}

fn runner_failing(facts: &Facts) -> Vec<Condition> {
    if !facts.has_runner || facts.fleet.runner_state.as_deref() != Some("fail") {
        return vec![];
    }
    let details = json!({ "last_ok": facts.fleet.runner_last_ok.map(atom), "last_fail": facts.fleet.runner_last_fail.map(atom) });
    vec![condition("runner_failing", "runner", "the runner could not prove the login".to_owned(), details)]
}

/// One for each reason; what is over its limit opens a second one, so that a stop is heard of although a warning was.
fn quota_near_limit(facts: &Facts) -> Vec<Condition> {
    let stops = facts.quota.verdict == Verdict::Stop;
    facts.quota.reasons.iter().flat_map(|reason| of_reason(facts, reason, stops)).collect()
}

fn of_reason(facts: &Facts, reason: &Reason, stops: bool) -> Vec<Condition> {
    let sentence = text::reason(reason, facts.now);
    let details = json!({
        "label": reason.label, "used_percent": reason.used_percent, "limit_percent": reason.limit_percent,
        "resets_at": reason.resets_at.map(atom), "is_over": reason.is_over, "hosts_are_stopped": stops && reason.is_over && reason.may_stop,
    });
    let over = reason.is_over.then(|| format!("{} (over)", reason.label));
    let subjects = std::iter::once(reason.label.clone()).chain(over);
    subjects.map(|subject| condition("quota_near_limit", subject, sentence.clone(), details.clone())).collect()
}

/// As with quotas, what is used up opens a second one.
fn budget_crossed(facts: &Facts) -> Vec<Condition> {
    let one = |(whose, state): &(String, budget::State)| {
        let (used, subjects) = match state {
            budget::State::Fine => return vec![],
            budget::State::Warn => ("most of", vec![whose.clone()]),
            budget::State::Over => ("all of", vec![whose.clone(), format!("{whose} (over)")]),
        };
        let summary = format!("{used} the budget of {whose} for this month is used");
        let details = json!({ "whose": whose, "is_over": *state == budget::State::Over });
        subjects.into_iter().map(|subject| condition("budget_crossed", subject, summary.clone(), details.clone())).collect()
    };
    facts.budgets.iter().flat_map(one).collect()
}

fn host_silent(facts: &Facts) -> Vec<Condition> {
    let one = |(fqdn, seen): &(String, DateTime<Utc>)| {
        let summary = format!("{fqdn} was last seen more than {} days ago", facts.silent_days);
        condition("host_silent", fqdn, summary, json!({ "fqdn": fqdn, "last_seen_at": atom(*seen) }))
    };
    facts.silent_hosts.iter().map(one).collect()
}

/// The address is left out: it tells where a person is.
fn address_refused(facts: &Facts) -> Vec<Condition> {
    let one = |(fqdn, at): &(String, DateTime<Utc>)| {
        let summary = format!("{fqdn} called from an address it is not bound to and was refused");
        condition("address_refused", fqdn, summary, json!({ "fqdn": fqdn, "refused_at": atom(*at) }))
    };
    facts.refused_hosts.iter().map(one).collect()
}

fn conflict_waiting(facts: &Facts) -> Vec<Condition> {
    let one = |subject: &str, count: i64, what: &str| {
        (count > 0).then(|| condition("conflict_waiting", subject, format!("{count} {what}"), json!({ "waiting": count })))
    };
    let reviews = one("reviews", facts.waiting_reviews, "texts that hosts pushed wait for an operator");
    let logins = one("logins", facts.waiting_logins, "logins that hosts pushed wait, and nothing proves them");
    reviews.into_iter().chain(logins).collect()
}

/// The error's own text is in the log and not here: it may name anything.
fn job_failing(facts: &Facts) -> Vec<Condition> {
    let one = |(name, ended): &(String, Option<DateTime<Utc>>)| {
        let summary = format!("the scheduler's job {name} failed: the server's log says why");
        condition("job_failing", name, summary, json!({ "job": name, "failed_at": ended.map(atom) }))
    };
    facts.failing_jobs.iter().map(one).collect()
}

fn backup_late(facts: &Facts) -> Vec<Condition> {
    let one = |(due, good): (DateTime<Utc>, Option<DateTime<Utc>>)| {
        let summary = "no copy of this installation is being made: what made them has stopped".to_owned();
        condition("backup_late", "backup", summary, json!({ "due_at": atom(due), "last_good_at": good.map(atom) }))
    };
    facts.late_backup.map(one).into_iter().collect()
}

#[cfg(test)]
#[path = "conditions_tests.rs"]
mod tests;
