//! Token counts and rate limits the fake reports.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Seconds of the five-hour window.
const SHORT_WINDOW: i64 = 18_000;
/// Seconds of the weekly window.
const WEEK: i64 = 604_800;

/// Tokens of one model response; cached is part of input, reasoning part of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: u64,
    pub cached_tokens: u64,
    pub output_tokens: u64,
    pub reasoning_tokens: u64,
}

impl Usage {
    /// A plausible small turn: Codex prints `tokens used 67` for it.
    pub const SMALL_TURN: Self = Self { input_tokens: 100, cached_tokens: 40, output_tokens: 7, reasoning_tokens: 3 };

    /// The usage of the n-th answer.
    #[must_use]
    pub fn varied(self, n: usize, varies: u32) -> Self {
        let more = n.checked_rem(varies as usize).unwrap_or(0) as u64;
        Self {
            input_tokens: self.input_tokens + 13 * more,
            cached_tokens: self.cached_tokens + 5 * more,
            output_tokens: self.output_tokens + 3 * more,
            reasoning_tokens: self.reasoning_tokens + more,
        }
    }

    pub fn add(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
    }

    /// `usage` of the Responses API.
    pub fn to_json(self) -> Value {
        json!({
            "input_tokens": self.input_tokens,
            "input_tokens_details": { "cached_tokens": self.cached_tokens },
            "output_tokens": self.output_tokens,
            "output_tokens_details": { "reasoning_tokens": self.reasoning_tokens },
            "total_tokens": self.input_tokens + self.output_tokens,
        })
    }
}

/// How full the `ChatGPT` plan's windows are, in whole per cent.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of five hours.
    pub primary_used_percent: u32,
    /// Of a week.
    pub secondary_used_percent: u32,
}

impl Limits {
    /// The `x-codex-*` headers of a model answer.
    pub fn headers(self, plan_type: &str, now: i64) -> Vec<(&'static str, String)> {
        vec![
            ("x-codex-plan-type", plan_type.to_owned()),
            ("x-codex-primary-used-percent", self.primary_used_percent.to_string()),
            ("x-codex-primary-window-minutes", (SHORT_WINDOW / 60).to_string()),
            ("x-codex-primary-reset-at", (now + SHORT_WINDOW).to_string()),
            ("x-codex-secondary-used-percent", self.secondary_used_percent.to_string()),
            ("x-codex-secondary-window-minutes", (WEEK / 60).to_string()),
            ("x-codex-secondary-reset-at", (now + WEEK).to_string()),
            ("x-codex-credits-has-credits", "true".into()),
            ("x-codex-credits-unlimited", "false".into()),
            ("x-codex-credits-balance", "9.99".into()),
        ]
    }

    /// The `rate_limit` object of `wham/usage`; Codex wants integers.
    pub fn to_json(self, now: i64) -> Value {
        let window = |used: u32, seconds: i64| {
            json!({
                "used_percent": used,
                "limit_window_seconds": seconds,
                "reset_after_seconds": seconds,
                "reset_at": now + seconds,
            })
        };
        let full = self.primary_used_percent >= 100 || self.secondary_used_percent >= 100;
        json!({
            "allowed": !full,
            "limit_reached": full,
            "primary_window": window(self.primary_used_percent, SHORT_WINDOW),
            "secondary_window": window(self.secondary_used_percent, WEEK),
        })
    }
}
