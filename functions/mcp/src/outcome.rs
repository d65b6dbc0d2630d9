//! How a call went, for the log: read off its answer, without keeping any of it.

use serde::Deserialize;

/// Of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Neither JSON-RPC nor the tool said no.
    pub success: bool,
    /// Of JSON-RPC.
    pub code: Option<i32>,
    /// A fixed word.
    pub word: Option<&'static str>,
}

#[derive(Deserialize)]
struct Answer {
    error: Option<Failure>,
    result: Option<Done>,
}

#[derive(Deserialize)]
struct Failure {
    code: i32,
}

#[derive(Deserialize)]
struct Done {
    #[serde(rename = "isError", default)]
    is_error: bool,
}

impl Outcome {
    /// It went well.
    pub const FINE: Self = Self { success: true, code: None, word: None };

    /// Reads an answer; what is none went well when its status says so.
    pub fn of(bytes: &[u8], is_success: bool) -> Self {
        match serde_json::from_slice::<Answer>(bytes) {
            Ok(Answer { error: Some(failure), .. }) => Self { success: false, code: Some(failure.code), word: Some(word(failure.code)) },
            Ok(Answer { result: Some(Done { is_error: true }), .. }) => Self { success: false, code: None, word: Some("tool_error") },
            _ if is_success => Self::FINE,
            _ => Self { success: false, code: None, word: Some("refused") },
        }
    }
}

const fn word(code: i32) -> &'static str {
    match code {
        -32700 => "parse_error",
        -32600 => "invalid_request",
        -32601 => "method_not_found",
        -32602 => "invalid_params",
        -32603 => "internal_error",
        -32002 => "resource_not_found",
        -32020 => "header_mismatch",
        -32021 => "missing_capability",
        -32022 => "unsupported_version",
        -32099 => "not_allowed",
        _ => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_how_it_went() {
        let of = |text: &str| Outcome::of(text.as_bytes(), true);
        assert_eq!(of(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}"#), Outcome::FINE);
        assert_eq!(of(r#"{"id":1,"result":{"isError":true}}"#), Outcome { success: false, code: None, word: Some("tool_error") });
        let failed = of(r#"{"id":1,"error":{"code":-32602,"message":"secret"}}"#);
        assert_eq!(failed, Outcome { success: false, code: Some(-32602), word: Some("invalid_params") });
        assert_eq!(of(""), Outcome::FINE, "a notification");
        assert!(!Outcome::of(b"", false).success);
    }
}
