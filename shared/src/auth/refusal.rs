//! Why a handle is not exchanged, and the memory of it.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::authority::spend::Ended;
use crate::AppError;
use crate::fading::Fading;

/// For so long a refusal is repeated from memory: old Codex releases ask up to 30 times a turn.
const REPEAT: TimeDelta = TimeDelta::seconds(5);

/// Why a handle is not exchanged.
#[derive(Debug)]
pub enum Refused {
    /// It is no handle of ours at all; perhaps it is a real refresh token, which is neither kept nor logged.
    NotOurs,
    /// It was retired, or its host is gone.
    Retired,
    /// Not now. Codex goes on with the token it has.
    NotNow(NotNow),
}

/// Why not now, and how many seconds to wait.
#[derive(Clone, Copy, Debug)]
pub struct NotNow {
    /// A code of the API, or one of `no_login`, `needs_login` and `temporarily_unavailable`.
    pub code: &'static str,
    /// For `Retry-After`.
    pub seconds: i64,
}

impl NotNow {
    /// After a refresh that brought nothing.
    pub fn after(ended: Ended, now: DateTime<Utc>) -> Self {
        match ended {
            Ended::Busy | Ended::Done => Self { code: "refresh_in_progress", seconds: 5 },
            Ended::Pause(until) => Self { code: "temporarily_unavailable", seconds: (until - now).num_seconds().clamp(1, 900) },
            Ended::Stopped | Ended::NotRefreshable => Self { code: "needs_login", seconds: 300 },
        }
    }
}

impl From<AppError> for NotNow {
    /// A rule about the host, or a failure of ours: the handle is as good as before.
    fn from(error: AppError) -> Self {
        let code = match error {
            AppError::Refused { code, .. } => code,
            AppError::Disabled => "api_disabled",
            AppError::RateLimited { .. } => "rate_limited",
            other => {
                tracing::error!(error = %other, "a handle could not be exchanged");
                "temporarily_unavailable"
            }
        };
        Self { code, seconds: 60 }
    }
}

impl<E: Into<AppError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::NotNow(error.into().into())
    }
}

/// Refusals of the last seconds, by the hash of the handle.
#[derive(Debug, Default)]
pub struct Lately(Mutex<Fading<[u8; 32], Refusal>>);

#[derive(Clone, Copy, Debug)]
struct Refusal {
    at: DateTime<Utc>,
    code: &'static str,
}

impl Lately {
    /// The refusal of the last seconds, if there was one.
    pub fn get(&self, handle: &[u8; 32], now: DateTime<Utc>) -> Option<&'static str> {
        let all = self.0.lock().expect("no thread panics while it looks");
        all.all().get(handle).filter(|refusal| now - refusal.at < REPEAT).map(|refusal| refusal.code)
    }

    /// Remembers a refusal.
    pub fn put(&self, handle: [u8; 32], now: DateTime<Utc>, code: &'static str) {
        let mut all = self.0.lock().expect("no thread panics while it looks");
        all.swept(|refusal| now - refusal.at < REPEAT).insert(handle, Refusal { at: now, code });
    }
}
