//! What people call a window, by its length and nothing else.

/// The window old clients call primary.
pub const FIVE_HOURS: u64 = 5 * 3600;
/// The window old clients call secondary.
pub const WEEK: u64 = 7 * 86_400;

/// Units, longest first.
const UNITS: [(u64, &str); 4] = [(WEEK, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")];

/// `5 hours`, `week`, `30 days`: the longest unit of which it is a whole number, give or take a hundredth.
pub fn label(limit_seconds: Option<u64>) -> String {
    let Some(seconds) = limit_seconds.filter(|seconds| *seconds > 0) else { return "limit".to_owned() };
    let whole = UNITS.iter().find_map(|(unit, name)| {
        let count = (seconds + unit / 2) / unit;
        (count > 0 && is_about(seconds, count * unit)).then_some((count, *name))
    });
    match whole {
        Some((1, name)) => name.to_owned(),
        Some((count, name)) => format!("{count} {name}s"),
        None => format!("{seconds} seconds"),
    }
}

/// Whether a window is the one of this length: ChatGPT sometimes is some seconds off.
pub fn is_about(seconds: u64, length: u64) -> bool {
    seconds.abs_diff(length) <= length / 100
}

/// How long it is from now: `3 d 4 h`, `4 h 12 min`, `12 min`.
pub fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (1.., 1.., _) => format!("{days} d {hours} h"),
        (1.., ..) => format!("{days} d"),
        (_, 1.., 1..) => format!("{hours} h {minutes} min"),
        (_, 1.., _) => format!("{hours} h"),
        (_, _, 1..) => format!("{minutes} min"),
        _ => "less than a minute".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_named_by_its_length() {
        for (seconds, expected) in [
            (18_000, "5 hours"),
            (17_940, "5 hours"),
            (604_800, "week"),
            (604_700, "week"),
            (1_209_600, "2 weeks"),
            (86_400, "day"),
            (2_592_000, "30 days"),
            (3600, "hour"),
            (90_000, "25 hours"),
            (5400, "90 minutes"),
            (60, "minute"),
            (45, "45 seconds"),
        ] {
            assert_eq!(label(Some(seconds)), expected, "{seconds}");
        }
        assert_eq!((label(None), label(Some(0))), ("limit".to_owned(), "limit".to_owned()));
    }

    #[test]
    fn a_duration_is_told_in_two_parts() {
        for (seconds, expected) in [
            (-5, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 min"),
            (3600, "1 h"),
            (15_130, "4 h 12 min"),
            (86_400, "1 d"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }
}
