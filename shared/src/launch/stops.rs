//! What may keep a host from launching although it has a login: each source has an opinion, the first stop wins.

use crate::hosts::Identity;
use crate::quota::judge::Verdict;
use crate::quota::text::Bar;
use crate::quota::{self, Policy, text};
use crate::usage::budget;
use crate::{App, AppResult};

use super::bundle::Bundle;

/// What one source says about this launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The code of the refusal when it stops.
    pub code: &'static str,
    /// What becomes of the launch.
    pub verdict: Verdict,
    /// Why, in one line without a full stop; empty when there is nothing to say.
    pub reasons: String,
    /// What is drawn.
    pub bars: Vec<Bar>,
}

/// What the quota policy says about a host. One statement after a new snapshot, otherwise none.
pub async fn quota(app: &App, who: &Identity) -> AppResult<Opinion> {
    let known = quota::known(app, who.fleet.quota_snapshot).await?;
    let judgement = quota::judge(app, &known, Policy::of(&who.fleet), who.host.vip);
    let now = app.clock.now();
    let reasons = text::reasons(&judgement, now);
    Ok(Opinion { code: "quota_exceeded", verdict: judgement.verdict, reasons, bars: text::bars(&judgement, now) })
}

/// What the budgets say about a host. No statement.
fn budget(app: &App, who: &Identity) -> Opinion {
    let said = budget::verdict(&who.fleet, &who.host, app.clock.now());
    let verdict = said.as_ref().map_or(Verdict::Allow, |said| if said.stop { Verdict::Stop } else { Verdict::Warn });
    Opinion { code: "budget_exceeded", verdict, reasons: said.map(|said| said.text).unwrap_or_default(), bars: Vec::new() }
}

/// All opinions, the one that goes first before the others.
pub async fn opinions(app: &App, who: &Identity) -> AppResult<Vec<Opinion>> {
    Ok(vec![quota(app, who).await?, budget(app, who)])
}

/// The first that stops.
pub fn stop(opinions: &[Opinion]) -> Option<&Opinion> {
    opinions.iter().find(|opinion| opinion.verdict == Verdict::Stop)
}

/// Tells `cdx`: the bars, and the reasons of the stop or of all warnings.
pub fn tell(opinions: &[Opinion], bundle: &mut Bundle) {
    let stop = stop(opinions);
    let told = |opinion: &&Opinion| stop.is_none_or(|stop| stop == *opinion) && opinion.verdict > Verdict::Allow;
    let reasons: Vec<_> = opinions.iter().filter(told).map(|opinion| opinion.reasons.as_str()).collect();
    bundle.var("reasons", &plain(&reasons.join("; ")));
    for bar in opinions.iter().flat_map(|opinion| &opinion.bars) {
        bundle.var("bar", &plain(&format!("{}|{}|{}", bar.percent, bar.label.replace('|', "/"), bar.note)));
    }
}

/// One line for a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion(code: &'static str, verdict: Verdict) -> Opinion {
        Opinion { code, verdict, reasons: format!("{code} says so"), bars: vec![] }
    }

    #[test]
    fn the_first_stop_wins_and_its_reasons_are_told() {
        use Verdict::{Allow, Stop, Warn};
        for (quota, budget, code, expected) in [
            (Allow, Allow, None, ""),
            (Warn, Allow, None, "quota says so"),
            (Warn, Warn, None, "quota says so; budget says so"),
            (Stop, Stop, Some("quota"), "quota says so"),
            (Warn, Stop, Some("budget"), "budget says so"),
            (Allow, Stop, Some("budget"), "budget says so"),
        ] {
            let opinions = [opinion("quota", quota), opinion("budget", budget)];
            let mut bundle = Bundle::default();
            tell(&opinions, &mut bundle);
            assert_eq!(stop(&opinions).map(|stop| stop.code), code, "{quota:?} {budget:?}");
            assert!(bundle.has_line(&format!("cdx_reasons='{expected}'")), "{quota:?} {budget:?}");
        }
    }

    #[test]
    fn what_is_drawn_is_one_line() {
        assert_eq!(plain("a\nb\u{1b}[31m"), "a b [31m");
    }
}
