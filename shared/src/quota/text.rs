//! A judgement in words: what `cdx` draws, what operators and alerts read.

use chrono::{DateTime, Utc};

use super::judge::{Daily, Judgement, Reason, Standing, Subject};
use super::label::duration;
use super::percent::Percent;

/// One line for a person: a name, how full it is, and what else to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What people call it.
    pub label: String,
    /// Whole percent; may be over 100.
    pub percent: u32,
    /// When it starts anew, what it comes to.
    pub note: String,
}

/// More lines than this are no summary.
const MOST: usize = 6;

/// A line for each window that is known, and one for the day.
pub fn bars(judgement: &Judgement, now: DateTime<Utc>) -> Vec<Bar> {
    let windows = judgement.windows.iter().filter_map(of_window);
    windows.chain(judgement.daily.as_ref().map(|daily| of_day(daily, now))).take(MOST).collect()
}

fn of_window(window: &Standing) -> Option<Bar> {
    Some(Bar { label: window.name(), percent: window.used_percent?.floor(), note: note(window) })
}

fn note(window: &Standing) -> String {
    let reset = match window.reset_after_seconds {
        _ if window.was_reset => "has started anew".to_owned(),
        Some(seconds) => format!("resets in {}", duration(seconds)),
        None => String::new(),
    };
    let pace = match window.projected_percent {
        Some(100..) if window.used_percent < Some(Percent::whole(100)) => "used up before that at this pace".to_owned(),
        Some(percent @ ..100) => format!("about {percent} % by then"),
        _ => String::new(),
    };
    [reset, pace].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn of_day(daily: &Daily, now: DateTime<Utc>) -> Bar {
    Bar {
        label: "today".to_owned(),
        percent: daily.used_percent.share_of(Percent::whole(daily.allowance_percent)).min(999),
        note: format!(
            "{} of {} % of the week, the next day begins in {}",
            daily.used_percent.text(),
            daily.allowance_percent,
            duration((daily.resets_at - now).num_seconds())
        ),
    }
}

/// A reason as a sentence without a full stop.
pub fn reason(reason: &Reason, now: DateTime<Utc>) -> String {
    let what = match (reason.subject, reason.used_percent, reason.limit_percent) {
        (Subject::Daily, Some(used), Some(limit)) => format!("today's part of the week: {} of {limit} % used", used.text()),
        (Subject::Window, Some(used), Some(limit)) => format!("{}: {} % used, the limit is {limit} %", reason.label, used.text()),
        _ => "ChatGPT says that the plan's limit is reached".to_owned(),
    };
    match reason.resets_at {
        Some(at) => format!("{what}, resets in {}", duration((at - now).num_seconds())),
        None => what,
    }
}

/// All reasons in one line.
pub fn reasons(judgement: &Judgement, now: DateTime<Utc>) -> String {
    judgement.reasons.iter().map(|one| reason(one, now)).collect::<Vec<_>>().join("; ")
}
