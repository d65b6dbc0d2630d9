//! What callers were told: every write, and whether it was acknowledged.

use std::collections::BTreeMap;

/// One thing that was written under a name of its own.
#[derive(Clone, Debug)]
pub struct Write {
    /// What it is recognised by.
    pub name: String,
    /// The caller was told that it is there.
    pub acknowledged: bool,
}

/// Everything that was asked and answered.
#[derive(Debug, Default)]
pub struct Book {
    /// Requests.
    pub requests: u64,
    /// Answers other than success, by status; 0: none came.
    pub refusals: BTreeMap<u16, u64>,
    /// `POST /usage`: hosts' own numbers of input tokens. Handing over again counts again, so nobody does.
    pub usages: Vec<Write>,
    /// Codex sessions: how many answers were taken, and how many there are.
    pub sessions: BTreeMap<String, (u64, u64)>,
    /// Access tokens of logins that were stored.
    pub logins: Vec<Write>,
    /// Generations that `rotate-now` spoke of.
    pub rotations: Vec<u64>,
    /// Texts of slash commands.
    pub texts: Vec<Write>,
    /// Registrations: names of hosts. Each mints a key.
    pub hosts: Vec<Write>,
    /// Of those, the keys that were used, which spends the installer.
    pub installed: Vec<Write>,
    /// Access tokens that handles were exchanged for.
    pub exchanged: Vec<String>,
    /// Keys, handles and links: what no log may hold.
    pub secrets: Vec<String>,
    /// What an honest caller must not be told.
    pub wrongs: Vec<String>,
}

impl Book {
    /// How many writes were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        let all = [&self.usages, &self.logins, &self.texts, &self.hosts, &self.installed];
        let many = all.iter().flat_map(|writes| writes.iter()).filter(|write| write.acknowledged).count() + self.rotations.len();
        u64::try_from(many).unwrap_or(u64::MAX) + self.sessions.values().map(|(taken, _)| taken).sum::<u64>()
    }

    /// Notes a status that is no success.
    pub fn refused(&mut self, status: u16) {
        *self.refusals.entry(status).or_default() += 1;
    }
}
