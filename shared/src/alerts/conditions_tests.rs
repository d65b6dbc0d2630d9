use chrono::TimeDelta;

use super::*;
use crate::fleet::Fleet;
use crate::hosts::tests::{host, identity};
use crate::quota::judge::{Case, judge};
use crate::quota::{Percent, Policy, Snapshot, Window};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn fleet() -> Fleet {
    Fleet { auth_generation: 1, push_policy: "accept".to_owned(), ..identity(host(), "active").fleet }
}

fn quota(used: u16) -> crate::quota::Judgement {
    let window = Window {
        limit_name: None,
        limit_seconds: Some(604_800),
        used: Some(Percent::whole(used)),
        reset_at: Some(now().timestamp() + 7200),
    };
    let good = Snapshot { is_good: true, fetched_at: now(), windows: vec![window], ..Snapshot::default() };
    let policy = Policy { hard_fail: true, limit_percent: 100, week_partition: 0 };
    judge(Case { policy, good: Some(&good), baseline: None, vip: false, stale_after: TimeDelta::hours(3), now: now() })
}

/// Nothing is wrong.
fn fine() -> Facts {
    Facts {
        now: now(),
        fleet: fleet(),
        has_runner: true,
        quota: quota(10),
        silent_days: 7,
        silent_hosts: vec![],
        refused_hosts: vec![],
        waiting_reviews: 0,
        waiting_logins: 0,
        failing_jobs: vec![],
        late_backup: None,
        budgets: vec![],
    }
}

fn found(facts: &Facts) -> Vec<(&'static str, String)> {
    active(facts).into_iter().map(|condition| (condition.kind, condition.subject)).collect()
}

#[test]
fn each_fact_is_its_condition_and_no_other() {
    let host = || vec![("a.example".to_owned(), now())];
    let with_fleet = |change: fn(&mut Fleet)| {
        let mut facts = fine();
        change(&mut facts.fleet);
        facts
    };
    let needs_login = with_fleet(|fleet| {
        fleet.auth_state = "needs_login".to_owned();
        fleet.auth_state_code = Some("refresh_token_reused".to_owned());
    });
    let failing = with_fleet(|fleet| fleet.runner_state = Some("fail".to_owned()));
    for (what, facts, expected) in [
        ("nothing", fine(), vec![]),
        ("the login", needs_login, vec![("needs_login", "fleet")]),
        ("an uncertain login", with_fleet(|fleet| fleet.auth_state = "uncertain".to_owned()), vec![]),
        ("the runner", failing.clone(), vec![("runner_failing", "runner")]),
        ("a runner that is gone", Facts { has_runner: false, ..failing }, vec![]),
        ("a good runner", with_fleet(|fleet| fleet.runner_state = Some("ok".to_owned())), vec![]),
        ("quota below", Facts { quota: quota(89), ..fine() }, vec![]),
        ("quota near", Facts { quota: quota(90), ..fine() }, vec![("quota_near_limit", "week")]),
        ("quota over", Facts { quota: quota(100), ..fine() }, vec![("quota_near_limit", "week"), ("quota_near_limit", "week (over)")]),
        ("a silent host", Facts { silent_hosts: host(), ..fine() }, vec![("host_silent", "a.example")]),
        ("a refused host", Facts { refused_hosts: host(), ..fine() }, vec![("address_refused", "a.example")]),
        ("reviews", Facts { waiting_reviews: 2, ..fine() }, vec![("conflict_waiting", "reviews")]),
        ("logins", Facts { waiting_logins: 1, ..fine() }, vec![("conflict_waiting", "logins")]),
        ("a job", Facts { failing_jobs: vec![("sweep".to_owned(), None)], ..fine() }, vec![("job_failing", "sweep")]),
        ("no copies", Facts { late_backup: Some((now(), None)), ..fine() }, vec![("backup_late", "backup")]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(kind, subject)| (kind, subject.to_owned())).collect();
        assert_eq!(found(&facts), expected, "{what}");
    }
}

#[test]
fn every_condition_is_of_its_own_kind_and_fits() {
    let facts = Facts {
        quota: quota(100),
        silent_hosts: vec![("a".repeat(300), now())],
        refused_hosts: vec![("b.example".to_owned(), now())],
        waiting_reviews: 1,
        waiting_logins: 1,
        failing_jobs: vec![("sweep".to_owned(), Some(now()))],
        late_backup: Some((now(), Some(now()))),
        ..fine()
    };
    for (kind, find) in SOURCES {
        assert!(
            find(&facts).iter().all(|condition| condition.kind == *kind && condition.subject.len() <= 255 && condition.details.is_object())
        );
    }
    assert!(is_kind("needs_login") && !is_kind("test") && !is_kind(""));
}

#[test]
fn over_the_limit_says_whether_hosts_are_stopped() {
    let over = |hard_fail| {
        let mut facts = Facts { quota: quota(100), ..fine() };
        facts.quota.verdict = if hard_fail { Verdict::Stop } else { Verdict::Warn };
        active(&facts)[1].details["hosts_are_stopped"].clone()
    };
    assert_eq!((over(true), over(false)), (json!(true), json!(false)));
    assert_eq!(active(&Facts { quota: quota(95), ..fine() })[0].summary, "week: 95 % used, the limit is 100 %, resets in 2 h");
}

#[test]
fn a_budget_that_is_nearly_used_is_one_condition_and_one_that_is_used_up_another() {
    let with = |state| Facts { budgets: vec![("fleet".to_owned(), state)], ..fine() };
    assert_eq!(found(&with(budget::State::Fine)), []);
    assert_eq!(found(&with(budget::State::Warn)), [("budget_crossed", "fleet".to_owned())]);
    let over = [("budget_crossed", "fleet".to_owned()), ("budget_crossed", "fleet (over)".to_owned())];
    assert_eq!(found(&with(budget::State::Over)), over);
}
