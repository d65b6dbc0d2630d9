//! Settings of the whole fleet.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::audit::Change;
use shared::config::MAX_INACTIVITY_DAYS;
use shared::quota::Policy;
use shared::versions::rollout;
use shared::{AppResult, fleet, versions};

use super::ImportError;
use super::dotenv::DotEnv;
use super::report::Kind;
use super::row::is_on;
use super::source::{Old, Table};
use super::step::Step;

const FLAGS: Table = Table { name: "versions", columns: &["name", "version"] };

/// The audit's word for them; once it is there, what is set here stays.
const ACTION: &str = "import.fleet";

/// Flags by name.
pub type Flags = BTreeMap<String, String>;

/// Reads the flags.
pub async fn flags(old: &mut Old) -> sqlx::Result<Flags> {
    let rows = old.all(FLAGS, "name").await?;
    let pair = |row: &super::row::Row| Some((row.text("name")?.to_owned(), row.text("version")?.to_owned()));
    Ok(rows.iter().filter_map(pair).collect())
}

/// What the old server was told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    api_disabled: bool,
    cdx_silent: bool,
    quota: Policy,
    /// `None`: nobody chose.
    inactivity_days: Option<u16>,
    pin: Option<String>,
}

/// What a server does that was told nothing.
const NOTHING: Wanted = Wanted {
    api_disabled: false,
    cdx_silent: false,
    quota: Policy { hard_fail: true, limit_percent: 100, week_partition: 0 },
    inactivity_days: None,
    pin: None,
};

impl Wanted {
    fn of(flags: &Flags, env: &DotEnv) -> Self {
        let get = |name: &str| flags.get(name).map(String::as_str);
        let whole = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is brought into a range first")]
        let within = |text: &str, least: f64, most: f64| whole(text).map(|n| n.round().clamp(least, most) as u16);
        let days = get("inactivity_window_days").or_else(|| env.get("INACTIVITY_WINDOW_DAYS"));
        Self {
            api_disabled: get("api_disabled").is_some_and(is_on),
            cdx_silent: get("cdx_silent").is_some_and(is_on),
            quota: Policy {
                hard_fail: get("quota_hard_fail").is_none_or(is_on),
                limit_percent: get("quota_limit_percent").and_then(|text| within(text, 50.0, 100.0)).unwrap_or(100),
                week_partition: get("quota_week_partition")
                    .and_then(|text| within(text, 0.0, 9.0))
                    .filter(|n| [5, 7].contains(n))
                    .unwrap_or(0),
            },
            inactivity_days: days.and_then(|text| within(text, 0.0, MAX_INACTIVITY_DAYS.into())),
            pin: get("client_version_lock").and_then(versions::normalise).filter(|pin| versions::is_release(pin)),
        }
    }

    async fn here(change: &mut Change) -> AppResult<Self> {
        let now = fleet::get(change).await?;
        Ok(Self {
            api_disabled: now.api_disabled,
            cdx_silent: now.cdx_silent,
            quota: Policy::of(&now),
            inactivity_days: fleet::inactivity_days(change).await?,
            pin: now.client_version_lock,
        })
    }

    /// Each with its name, to compare and to tell.
    fn parts(&self) -> [(&'static str, Value); 5] {
        let Policy { hard_fail, limit_percent, week_partition } = self.quota;
        [
            ("kill switch", json!(self.api_disabled)),
            ("silent cdx", json!(self.cdx_silent)),
            ("quota policy", json!({ "hard_fail": hard_fail, "limit_percent": limit_percent, "week_partition": week_partition })),
            ("days until unused hosts go", json!(self.inactivity_days)),
            ("Codex version", json!(self.pin)),
        ]
    }

    fn facts(&self) -> Value {
        Value::Object(self.parts().into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Brings them, once: afterwards what is set here counts.
pub async fn bring(step: &mut Step<'_>, flags: &Flags) -> Result<(), ImportError> {
    let wanted = Wanted::of(flags, &step.env);
    let brought = step.earlier(ACTION).await?.is_some();
    let mut kind = Kind::default();
    let mut change = step.change().await?;
    let here = Wanted::here(&mut change).await?;
    let mut next = here.clone();
    for (place, (((name, theirs), (_, ours)), (_, usual))) in wanted.parts().into_iter().zip(here.parts()).zip(NOTHING.parts()).enumerate()
    {
        if theirs == usual {
            continue;
        }
        kind.there += 1;
        if theirs == ours || brought {
            kind.here += 1;
        } else if ours == usual {
            kind.new += 1;
            next.take(place, &wanted);
        } else {
            kind.lose(name, format!("it is {ours} here, and stays; there it was {theirs}"));
        }
    }
    if wanted.api_disabled && !brought {
        step.report.note("the kill switch is on there, and will be here: no host gets anything until it is switched off on the dashboard");
    }
    if step.apply && !brought {
        next.set(&mut change, step.now, &here).await?;
        change.record(ACTION, &step.source, here.facts(), next.facts());
        change.commit().await?;
    }
    step.report.add("fleet settings", kind);
    Ok(())
}

impl Wanted {
    /// Takes one part over, by its place in [`Wanted::parts`].
    fn take(&mut self, place: usize, other: &Self) {
        match place {
            0 => self.api_disabled = other.api_disabled,
            1 => self.cdx_silent = other.cdx_silent,
            2 => self.quota = other.quota,
            3 => self.inactivity_days = other.inactivity_days,
            _ => self.pin.clone_from(&other.pin),
        }
    }

    async fn set(&self, change: &mut Change, now: chrono::DateTime<chrono::Utc>, before: &Self) -> AppResult<()> {
        fleet::set_api_disabled(change, self.api_disabled).await?;
        fleet::set_cdx_silent(change, self.cdx_silent).await?;
        fleet::set_quota(change, self.quota).await?;
        if let Some(days) = self.inactivity_days {
            fleet::set_inactivity_days(change, days).await?;
        }
        if self.pin != before.pin {
            rollout::pinned(change, now, self.pin.as_deref()).await?;
            fleet::set_version_lock(change, now, self.pin.as_deref()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(flags: &[(&str, &str)]) -> Wanted {
        let flags = flags.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Wanted::of(&flags, &DotEnv::parse("INACTIVITY_WINDOW_DAYS=14"))
    }

    #[test]
    fn flags_are_read_by_the_old_servers_rules() {
        let usual = Wanted { inactivity_days: Some(14), ..NOTHING };
        assert_eq!(wanted(&[]), usual, "the old .env counts where no flag is");
        let quota = |hard_fail, limit_percent, week_partition| Policy { hard_fail, limit_percent, week_partition };
        for (flag, expected) in [
            (("api_disabled", "On"), Wanted { api_disabled: true, ..usual.clone() }),
            (("api_disabled", "0"), usual.clone()),
            (("cdx_silent", "true"), Wanted { cdx_silent: true, ..usual.clone() }),
            (("quota_hard_fail", "0"), Wanted { quota: quota(false, 100, 0), ..usual.clone() }),
            (("quota_limit_percent", "84.6"), Wanted { quota: quota(true, 85, 0), ..usual.clone() }),
            (("quota_limit_percent", "7"), Wanted { quota: quota(true, 50, 0), ..usual.clone() }),
            (("quota_limit_percent", "much"), usual.clone()),
            (("quota_week_partition", "5"), Wanted { quota: quota(true, 100, 5), ..usual.clone() }),
            (("quota_week_partition", "6"), usual.clone()),
            (("quota_week_partition", "off"), usual.clone()),
            (("inactivity_window_days", "0"), Wanted { inactivity_days: Some(0), ..usual.clone() }),
            (("inactivity_window_days", "999"), Wanted { inactivity_days: Some(60), ..usual.clone() }),
            (("client_version_lock", "rust-v0.80.0"), Wanted { pin: Some("0.80.0".into()), ..usual.clone() }),
            (("client_version_lock", "newest"), usual.clone()),
        ] {
            assert_eq!(wanted(&[flag]), expected, "{flag:?}");
        }
    }

    #[test]
    fn each_part_is_taken_over_at_its_place() {
        let other = Wanted {
            api_disabled: true,
            cdx_silent: true,
            quota: Policy { hard_fail: false, limit_percent: 60, week_partition: 7 },
            inactivity_days: Some(3),
            pin: Some("0.80.0".into()),
        };
        for place in 0..5 {
            let mut one = NOTHING;
            one.take(place, &other);
            let differ: Vec<_> = (0..5).filter(|at| one.parts()[*at].1 != NOTHING.parts()[*at].1).collect();
            assert_eq!(differ, [place]);
        }
    }
}
