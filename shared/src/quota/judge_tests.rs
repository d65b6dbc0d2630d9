use super::super::label::FIVE_HOURS;
use super::super::text;
use super::*;

const NOW: i64 = 1_800_000_000; // 2027-01-15T08:00:00Z
const DAY: i64 = 86_400;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW + seconds, 0).unwrap()
}

fn policy(hard_fail: bool, limit_percent: u16, week_partition: u16) -> Policy {
    Policy { hard_fail, limit_percent, week_partition }
}

/// A window of the plan with so much used, that resets so many seconds from now.
fn window(length: u64, used: &str, resets_in: i64) -> Window {
    Window { limit_name: None, limit_seconds: Some(length), used: Percent::parse(used), reset_at: Some(NOW + resets_in) }
}

/// A snapshot of so many seconds ago.
fn snapshot(ago: i64, windows: &[Window]) -> Snapshot {
    Snapshot { is_good: true, fetched_at: at(-ago), windows: windows.to_vec(), ..Snapshot::default() }
}

fn case(policy: Policy, good: &Snapshot) -> Case<'_> {
    Case { policy, good: Some(good), baseline: None, vip: false, stale_after: TimeDelta::hours(3), now: at(0) }
}

#[test]
fn a_verdict_follows_use_limit_switch_and_vip() {
    let mut cases = 0;
    for used in [0, 39, 40, 49, 50, 79, 80, 89, 90, 99, 100, 130] {
        for limit in [50, 60, 90, 100] {
            for (hard_fail, vip) in [(true, false), (true, true), (false, false), (false, true)] {
                for length in [FIVE_HOURS, WEEK, 30 * 86_400] {
                    // Its place does not matter.
                    for before in [0, 1] {
                        let mut windows = vec![window(60, "0", 30); before];
                        windows.push(window(length, &used.to_string(), 100));
                        let good = snapshot(60, &windows);
                        let judged = judge(Case { vip, ..case(policy(hard_fail, limit, 0), &good) });
                        let expected = match used {
                            _ if used >= limit && hard_fail && !vip => Verdict::Stop,
                            _ if used + 10 >= limit => Verdict::Warn,
                            _ => Verdict::Allow,
                        };
                        assert_eq!(judged.verdict, expected, "{used} of {limit}, hard {hard_fail}, vip {vip}, {length} s");
                        assert_eq!(judged.hard_fail, hard_fail && !vip);
                        assert_eq!(judged.reasons.len(), usize::from(expected != Verdict::Allow));
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 1152);
}

#[test]
fn what_is_missing_stale_or_started_anew_stops_nobody() {
    let hard = policy(true, 100, 7);
    let full = |ago, resets_in| snapshot(ago, &[window(WEEK, "100", resets_in)]);
    let three_hours = 3 * 3600;
    for (what, good, expected) in [
        ("full", full(0, 100), (Verdict::Stop, Ground::Fresh)),
        ("full, three hours ago", full(three_hours, 100), (Verdict::Stop, Ground::Fresh)),
        ("full, longer ago", full(three_hours + 1, 100), (Verdict::Allow, Ground::Stale)),
        ("started anew", full(60, 0), (Verdict::Allow, Ground::Fresh)),
        ("one second before it starts anew", full(60, 1), (Verdict::Stop, Ground::Fresh)),
        ("from the future, by a clock that is off", full(-60, 100), (Verdict::Stop, Ground::Fresh)),
        ("no windows", snapshot(0, &[]), (Verdict::Allow, Ground::Fresh)),
        ("nothing known", snapshot(0, &[Window { used: None, ..window(WEEK, "0", 9) }]), (Verdict::Allow, Ground::Fresh)),
        ("no reset time", snapshot(0, &[Window { reset_at: None, ..window(WEEK, "100", 0) }]), (Verdict::Stop, Ground::Fresh)),
        ("no length", snapshot(0, &[Window { limit_seconds: None, ..window(0, "100", 9) }]), (Verdict::Stop, Ground::Fresh)),
    ] {
        let judged = judge(case(hard, &good));
        assert_eq!((judged.verdict, judged.ground), expected, "{what}");
    }
    let none = judge(Case { good: None, ..case(hard, &full(0, 9)) });
    assert_eq!((none.verdict, none.ground, none.windows.len()), (Verdict::Allow, Ground::Missing, 0));
    assert_eq!(judge(case(hard, &full(60, 0))).windows[0].used_percent, Some(Percent::default()), "it counts as empty");
}

#[test]
fn what_chatgpt_itself_says_holds_until_a_window_starts_anew() {
    let said = |limit_reached, allowed, windows: &[Window]| Snapshot { allowed, limit_reached, ..snapshot(60, windows) };
    let (open, anew) = ([window(FIVE_HOURS, "20", 100)], [window(FIVE_HOURS, "100", -1)]);
    let full_week = [anew[0].clone(), window(WEEK, "100", 500)];
    for (what, good, expected) in [
        ("reached", said(Some(true), None, &open), Verdict::Stop),
        ("not allowed", said(None, Some(false), &[]), Verdict::Stop),
        ("reached and still allowed", said(Some(true), Some(true), &[]), Verdict::Stop),
        ("neither", said(Some(false), Some(true), &open), Verdict::Allow),
        ("nothing said", said(None, None, &[]), Verdict::Allow),
        ("reached, then started anew", said(Some(true), Some(false), &anew), Verdict::Allow),
        ("the week is full as well", said(Some(true), Some(false), &full_week), Verdict::Stop),
    ] {
        assert_eq!(judge(case(policy(true, 100, 0), &good)).verdict, expected, "{what}");
        assert!(judge(case(policy(false, 100, 0), &good)).verdict < Verdict::Stop, "{what}, soft");
    }
}

#[test]
fn a_limit_on_some_use_only_warns() {
    let review = Window { limit_name: Some("code review".to_owned()), ..window(WEEK, "100", 500) };
    let good = snapshot(60, &[window(WEEK, "10", 500), review]);
    let judged = judge(case(policy(true, 100, 7), &good));
    assert_eq!((judged.verdict, judged.reasons[0].label.as_str()), (Verdict::Warn, "code review: week"));
    assert_eq!(judged.plan_window(WEEK).unwrap().used_percent, Some(Percent::whole(10)));
}

#[test]
fn a_day_gets_its_part_of_the_week() {
    for (limit, days, expected) in [
        (100, 0, None),
        (100, 5, Some(20)),
        (100, 7, Some(14)),
        (50, 5, Some(10)),
        (50, 7, Some(7)),
        (53, 5, Some(11)),
        (52, 5, Some(10)),
        (95, 7, Some(14)),
    ] {
        assert_eq!(allowance(policy(true, limit, days)), expected, "{limit} / {days}");
    }
    for limit in 50..=100 {
        for days in [5, 7] {
            let exact = (f64::from(limit) + f64::from(days) / 2.0) / f64::from(days);
            assert!((f64::from(allowance(policy(true, limit, days)).unwrap()) - exact.floor()).abs() < 0.1, "{limit} / {days}");
        }
    }
}

#[test]
fn a_day_is_judged_by_what_was_used_since_midnight() {
    let week = |used: &str| window(WEEK, used, 3 * DAY);
    let began = Window { reset_at: Some(NOW - 3600), ..week("90") };
    for (what, before, now, days, expected) in [
        ("nothing yet", week("30"), "30", 7, (Some("0"), Verdict::Allow)),
        ("12 of 14", week("30"), "42", 7, (Some("12"), Verdict::Allow)),
        ("13 of 14: 93 %", week("30"), "43", 7, (Some("13"), Verdict::Warn)),
        ("14 of 14", week("30"), "44", 7, (Some("14"), Verdict::Stop)),
        ("18 of 20: 90 %", week("0"), "18", 5, (Some("18"), Verdict::Warn)),
        ("less than at midnight", week("30"), "20", 7, (Some("0"), Verdict::Allow)),
        ("a week that began today", began, "6", 7, (Some("6"), Verdict::Allow)),
        ("not divided", week("0"), "60", 0, (None, Verdict::Allow)),
        ("unknown at midnight", Window { used: None, ..week("0") }, "60", 7, (None, Verdict::Allow)),
    ] {
        let (baseline, good) = (snapshot(7 * 3600, &[before]), snapshot(60, &[week(now)]));
        let judged = judge(Case { baseline: Some(&baseline), ..case(policy(true, 100, days), &good) });
        let used = judged.daily.map(|daily| daily.used_percent.text());
        assert_eq!((used.as_deref(), judged.verdict), expected, "{what}");
    }
    let good = snapshot(60, &[week("99")]);
    assert_eq!(judge(case(policy(true, 100, 7), &good)).daily, None, "nothing of today");
}

#[test]
fn a_projection_is_the_pace_up_to_the_snapshot() {
    for (what, window, ago, expected) in [
        ("half the week, 20 %", window(WEEK, "20", DAY * 7 / 2), 0, Some(40)),
        ("the same, an hour later", window(WEEK, "20", DAY * 7 / 2 - 3600), 3600, Some(40)),
        ("a fast start", window(FIVE_HOURS, "50", 5 * 3600 - 720), 0, Some(999)),
        ("too early", window(FIVE_HOURS, "5", 5 * 3600 - 300), 0, None),
        ("at the end", window(WEEK, "77", 1), 0, Some(77)),
        ("started anew since", window(WEEK, "77", -1), 600, None),
        ("a reset beyond its length", window(FIVE_HOURS, "5", DAY), 0, None),
        ("no use known", Window { used: None, ..window(WEEK, "0", DAY) }, 0, None),
    ] {
        let judged = judge(case(policy(true, 100, 0), &snapshot(ago, &[window])));
        assert_eq!(judged.windows[0].projected_percent, expected, "{what}");
    }
}

#[test]
fn words_age_with_the_clock() {
    let baseline = snapshot(7 * 3600, &[window(WEEK, "30", 3 * DAY + 4 * 3600)]);
    let good = snapshot(1800, &[window(FIVE_HOURS, "96", 4320), window(WEEK, "42.5", 3 * DAY + 4 * 3600)]);
    let judged = judge(Case { baseline: Some(&baseline), ..case(policy(true, 95, 7), &good) });
    let bars = text::bars(&judged, at(0));
    let shown: Vec<_> = bars.iter().map(|bar| (bar.label.as_str(), bar.percent, bar.note.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("5 hours", 96, "resets in 1 h 12 min, used up before that at this pace"),
            ("week", 42, "resets in 3 d 4 h, about 78 % by then"),
            ("today", 89, "12.5 of 14 % of the week, the next day begins in 16 h"),
        ]
    );
    assert_eq!(text::reasons(&judged, at(0)), "5 hours: 96 % used, the limit is 95 %, resets in 1 h 12 min");
    let later = judge(Case { now: at(4320), baseline: Some(&baseline), ..case(policy(true, 95, 7), &good) });
    assert_eq!(text::bars(&later, at(4320))[0].note, "has started anew");
    assert_eq!(later.verdict, Verdict::Allow);
    assert_eq!(later.windows[1].reset_after_seconds, Some(3 * DAY + 4 * 3600 - 4320));
}
