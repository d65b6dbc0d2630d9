//! What goes wrong, in words a model can act on. What is ours to know stays in the log.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::json;
use shared::AppError;

/// The sentence for a caller, and a word that programs can match.
pub fn words(error: &AppError) -> (String, &'static str) {
    match error {
        AppError::Invalid(errors) => {
            let all: Vec<_> = errors.values().flatten().map(String::as_str).collect();
            (all.join("; "), "invalid_arguments")
        }
        AppError::NotFound(what) => (format!("{what} not found"), "not_found"),
        AppError::PreconditionFailed => {
            ("it has changed since it was read: read it again, and repeat the change with its version".to_owned(), "version_conflict")
        }
        AppError::Refused { code, message, .. } => (message.clone(), code),
        _ => ("something went wrong on the server: try again later".to_owned(), "internal"),
    }
}

/// A tool that says no. The call itself went well.
pub fn tool(error: &AppError) -> CallToolResult {
    let (text, code) = words(error);
    if code == "internal" {
        tracing::error!(%error, cause = ?std::error::Error::source(error).map(ToString::to_string), "a tool failed");
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(text.clone())]);
    result.structured_content = Some(json!({ "error": { "code": code, "message": text } }));
    result
}

/// An error of JSON-RPC, where the call is no tool's.
pub fn protocol(error: &AppError) -> ErrorData {
    let (text, code) = words(error);
    match error {
        AppError::NotFound(_) => ErrorData::resource_not_found(text, None),
        _ if code == "internal" => {
            tracing::error!(%error, cause = ?std::error::Error::source(error).map(ToString::to_string), "a resource failed");
            ErrorData::internal_error(text, None)
        }
        _ => ErrorData::invalid_params("Invalid params", Some(json!(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_ours_reaches_a_caller() {
        let ours = AppError::internal("SELECT secret FROM somewhere");
        assert!(!words(&ours).0.contains("SELECT") && !protocol(&ours).message.contains("SELECT"));
        assert_eq!(words(&AppError::Disabled).1, "internal");
        assert_eq!(words(&AppError::NotFound("file")).0, "file not found");
        assert_eq!(words(&AppError::invalid("id", "id is required")).0, "id is required");
    }
}
