//! What `/verify` says.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::verdict::Verdict;

/// What a probe found out, as `/verify` shows it.
#[derive(Serialize)]
pub struct Report {
    status: &'static str,
    verdict: Verdict,
    latency_ms: u64,
    /// A runner that answers was reached.
    reachable: bool,
    codex_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip)]
    code: StatusCode,
}

impl Report {
    /// Codex ran to its end.
    pub fn ran(verdict: Verdict, took: Duration, codex_version: Option<String>, reason: String) -> Self {
        let good = verdict == Verdict::Verified;
        let status = if good { "ok" } else { "fail" };
        let reason = (!good).then_some(reason);
        Self { status, verdict, latency_ms: millis(took), reachable: true, codex_version, reason, detail: None, code: StatusCode::OK }
    }

    /// There was no run to judge, for this reason.
    pub fn without_run(code: StatusCode, took: Duration, why: &str) -> Self {
        let report = Self::ran(Verdict::Unknown, took, None, why.to_owned());
        Self { code, detail: Some(why.to_owned()), ..report }
    }

    /// One line for the log.
    pub fn log(&self) {
        tracing::info!(
            probe.verdict = ?self.verdict,
            probe.duration_ms = self.latency_ms,
            codex.version = self.codex_version,
            http.status = self.code.as_u16(),
            "a login was probed"
        );
    }
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        (self.code, Json(self)).into_response()
    }
}

/// A refusal before any probe.
pub fn refusal(code: StatusCode, detail: &str) -> Response {
    (code, Json(json!({ "detail": detail }))).into_response()
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
