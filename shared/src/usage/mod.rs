//! What Codex used: taken in from hosts, costed, kept as rows and as sums by day.

pub mod budget;
pub mod check;
pub mod entry;
pub mod import;
pub mod ingest;
mod line;
mod merge;
pub mod models;
pub mod money;
pub mod month;
mod numbers;
pub mod otlp;
pub mod prices;
pub mod report;
pub mod retention;
mod rollup;
pub mod session;
pub mod sql;

pub use entry::Entry;
pub use money::Money;

/// Most tokens one entry can count: what no host reaches, and sums of it fit their columns.
pub const MOST_TOKENS: u64 = 1_000_000_000_000_000;

/// Tokens of one model answer, as Codex prints them. `None`: nobody said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Input that was not cached, and output.
    pub total: Option<u64>,
    /// Without what was cached.
    pub input: Option<u64>,
    /// Input that the model had seen before.
    pub cached: Option<u64>,
    /// Reasoning included.
    pub output: Option<u64>,
    /// The part of the output that is reasoning.
    pub reasoning: Option<u64>,
}

/// The four numbers in which session files and telemetry agree: cached input is part of the input there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All input.
    pub input: u64,
    /// The cached part of it.
    pub cached: u64,
    /// All output.
    pub output: u64,
    /// The reasoning part of it.
    pub reasoning: u64,
}

impl Counts {
    /// Nothing was used.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// What was added since `before`; `None` when a number has become smaller: the count began anew.
    pub fn since(self, before: Self) -> Option<Self> {
        Some(Self {
            input: self.input.checked_sub(before.input)?,
            cached: self.cached.checked_sub(before.cached)?,
            output: self.output.checked_sub(before.output)?,
            reasoning: self.reasoning.checked_sub(before.reasoning)?,
        })
    }
}

impl From<Counts> for Tokens {
    fn from(counts: Counts) -> Self {
        let most = |n: u64| n.min(MOST_TOKENS);
        let fresh = most(counts.input.saturating_sub(counts.cached));
        Self {
            total: Some(most(fresh + most(counts.output))),
            input: Some(fresh),
            cached: Some(most(counts.cached)),
            output: Some(most(counts.output)),
            reasoning: Some(most(counts.reasoning)),
        }
    }
}

/// One model answer whose place in a Codex session is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Codex' id of the thread.
    pub session: uuid::Uuid,
    /// When its source noted it, in ms since 1970: with the session, its identity there.
    pub at_ms: i64,
    /// The model, when the source says.
    pub model: Option<String>,
    /// What it used.
    pub counts: Counts,
}

/// Where usage came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `POST /usage`.
    Usage,
    /// The session files of a Codex home.
    Session,
    /// Codex' own telemetry.
    Otel,
}

impl Source {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Session => "session",
            Self::Otel => "otel",
        }
    }
}
