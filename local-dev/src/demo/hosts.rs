//! The demo's forty hosts: what they are, and which state each shows.

/// What is special about a host on the day the demo is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing: it is active.
    None,
    /// Registered lately; nobody ran its installer.
    NeverCalled,
    /// An operator suspended it.
    Suspended,
    /// An operator archived it.
    Archived,
    /// Insecure, with an open window …
    WindowOpen,
    /// … and with a closed one.
    WindowClosed,
    /// Never stopped by quotas.
    Vip,
    /// It may change its address.
    Roaming,
    /// It goes after some days without a call …
    Temporary,
    /// … and at a time.
    Expiring,
    /// It expired and went by itself.
    Expired,
    /// It called from an address that is not its own.
    Refused,
    /// An operator chose its Codex.
    Pinned,
    /// Its budget of this month is used up.
    OverBudget,
}

/// One host.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Without `.example.com`.
    pub name: &'static str,
    /// Who works there.
    pub users: &'static [&'static str],
    /// Its tags.
    pub tags: &'static [&'static str],
    /// Registered so many days ago.
    pub since: u32,
    /// Called last so many days ago.
    pub until: u32,
    /// Answers of a model on a usual working day.
    pub answers: u64,
    /// What is special about it.
    pub mark: Mark,
    /// What an operator wrote about it.
    pub notes: &'static str,
}

use Mark::{
    Archived, Expired, Expiring, NeverCalled, None, OverBudget, Pinned, Refused, Roaming, Suspended, Temporary, Vip, WindowClosed,
    WindowOpen,
};

#[expect(clippy::too_many_arguments, reason = "one line of the table below")]
const fn host(
    name: &'static str,
    users: &'static [&'static str],
    tags: &'static [&'static str],
    since: u32,
    until: u32,
    answers: u64,
    mark: Mark,
    notes: &'static str,
) -> Plan {
    Plan { name, users, tags, since, until, answers, mark, notes }
}

/// All of them, in the order in which they were registered on one day.
#[rustfmt::skip]
pub const PLANS: &[Plan] = &[
    host("ci-01.build",     &["runner"],                  &["ci", "ring-0", "linux"], 90,  0, 26, None,         "First to get a new Codex. Tell #build before taking it down."),
    host("ci-02.build",     &["runner"],                  &["ci", "ring-0", "linux"], 90,  0, 22, None,         ""),
    host("ci-03.build",     &["runner"],                  &["ci", "ring-1", "linux"], 90,  0, 19, None,         ""),
    host("ci-04.build",     &["runner"],                  &["ci", "ring-1", "linux"], 88,  0, 17, None,         ""),
    host("ci-05.build",     &["runner"],                  &["ci", "linux"],           88,  1, 12, Refused,      "Moves to the new rack this week."),
    host("ci-06.build",     &["runner"],                  &["ci", "linux"],           80,  0, 11, Pinned,       "Pinned until the snapshot tests take the new output."),
    host("ci-07.build",     &["runner"],                  &["ci", "linux"],           90, 31,  9, Archived,     "Replaced by ci-08."),
    host("ci-08.build",     &["runner"],                  &["ci", "arm64"],           32,  3,  9, Suspended,    "Suspended: clones of it call with the same key."),
    host("gpu-01.ml",       &["mika", "noor", "trainer"], &["ml", "gpu"],             89,  0, 44, Vip,          "Overnight runs. Never stop these."),
    host("gpu-02.ml",       &["mika", "trainer"],         &["ml", "gpu", "ring-1"],   89,  0, 31, None,         ""),
    host("gpu-03.ml",       &["noor"],                    &["ml", "gpu"],              1,  0,  0, NeverCalled,  "Waits for its disks."),
    host("ada-mbp.dev",     &["ada"],                     &["laptop", "ring-0"],      90,  0, 18, None,         ""),
    host("grace-x1.dev",    &["grace"],                   &["laptop"],                90,  0, 15, None,         ""),
    host("linh-mbp.dev",    &["linh"],                    &["laptop"],                86,  0, 12, Roaming,      "Works from trains."),
    host("mika-mbp.dev",    &["mika"],                    &["laptop", "ml"],          86,  0, 14, None,         ""),
    host("noor-xps.dev",    &["noor"],                    &["laptop", "ml"],          84,  0, 10, OverBudget,   "Budget agreed with Olivia on the 3rd."),
    host("sam-mbp.dev",     &["sam"],                     &["laptop"],                84,  0,  9, None,         ""),
    host("tove-fw.dev",     &["tove"],                    &["laptop", "ring-1"],      79,  0, 13, None,         ""),
    host("yuki-mbp.dev",    &["yuki"],                    &["laptop"],                77,  0,  8, None,         ""),
    host("ravi-xps.dev",    &["ravi"],                    &["laptop"],                70,  0, 11, Roaming,      ""),
    host("zoe-mbp.dev",     &["zoe"],                     &["laptop"],                64,  0,  7, None,         ""),
    host("hana-x1.dev",     &["hana"],                    &["laptop"],                61,  6,  8, None,         "On leave until Monday."),
    host("ivo-fw.dev",      &["ivo"],                     &["laptop"],                55,  0,  6, None,         ""),
    host("kai-mbp.dev",     &["kai"],                     &["laptop"],                47,  0, 10, None,         ""),
    host("lena-mbp.dev",    &["lena"],                    &["laptop"],                40,  8,  6, None,         ""),
    host("pair-1.office",   &["ada", "grace", "sam", "yuki", "guest"], &["shared"],   75,  0,  9, None,         "The pairing station on the third floor."),
    host("pair-2.office",   &["tove", "ivo", "guest"],    &["shared"],                75,  4,  5, None,         ""),
    host("kiosk.lobby",     &["visitor"],                 &["shared"],                58,  0,  2, WindowOpen,   "Open for the visitors' day."),
    host("booth.events",    &["visitor"],                 &["shared"],                52, 16,  2, WindowClosed, "Opened by hand at fairs."),
    host("jump-fra.ops",    &["omar", "ada"],             &["ops", "ring-1"],         90,  0,  5, None,         ""),
    host("jump-iad.ops",    &["omar"],                    &["ops"],                   90,  2,  4, None,         ""),
    host("web-stg-1.ops",   &["deploy"],                  &["ops", "staging"],        83,  9,  6, None,         "Sleeps between releases."),
    host("web-stg-2.ops",   &["deploy"],                  &["ops", "staging"],        83, 12,  4, None,         ""),
    host("release-bot.ops", &["release"],                 &["bot", "linux"],          87,  0, 16, None,         "Writes the release notes every night."),
    host("docs-bot.ops",    &["docs"],                    &["bot", "linux"],          66,  0, 10, None,         ""),
    host("legacy.build",    &["runner"],                  &["ci"],                    90, 29,  3, None,         "Nobody is sure what still runs here."),
    host("ws-ana.workshop", &["ana"],                     &["workshop"],               4,  0,  5, Temporary,    ""),
    host("ws-ben.workshop", &["ben"],                     &["workshop"],               4,  0,  4, Expiring,     "Goes with the end of the workshop."),
    host("ws-cleo.workshop",&["cleo"],                    &["workshop"],              24, 21,  4, Expired,      ""),
    host("edge-01.plant",   &["plant"],                   &["edge"],                   2,  0,  0, NeverCalled,  "The installer was sent to the plant on the day it was made."),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_forty_and_every_state_is_shown() {
        let marks = [
            None,
            NeverCalled,
            Suspended,
            Archived,
            WindowOpen,
            WindowClosed,
            Vip,
            Roaming,
            Temporary,
            Expiring,
            Expired,
            Refused,
            Pinned,
            OverBudget,
        ];

        assert_eq!(PLANS.iter().map(|plan| plan.name).collect::<HashSet<_>>().len(), 40);
        for mark in marks {
            assert!(PLANS.iter().any(|plan| plan.mark == mark), "{mark:?}");
        }
        assert!(PLANS.iter().all(|plan| plan.since >= plan.until && plan.since <= 90 && !plan.users.is_empty()));
    }
}
