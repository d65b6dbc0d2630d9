//! Settings that the whole file and each profile have.

use indexmap::IndexMap;
use serde::Serialize;

use super::pairs::refusal;
use super::parts::Sandbox;
use super::reader::Fields;
use super::words::{ApprovalPolicy, Effort, SandboxMode, Summary, Verbosity, WebSearch};

/// How a model works and what it may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    pub model: Option<String>,
    pub model_provider: Option<String>,
    pub approval_policy: Option<ApprovalPolicy>,
    pub sandbox_mode: Option<SandboxMode>,
    pub model_reasoning_effort: Option<Effort>,
    pub model_reasoning_summary: Option<Summary>,
    pub model_verbosity: Option<Verbosity>,
    pub model_supports_reasoning_summaries: Option<bool>,
    pub model_context_window: Option<u64>,
    pub model_max_output_tokens: Option<u64>,
    pub web_search: Option<WebSearch>,
    pub features: IndexMap<String, bool>,
    pub sandbox_workspace_write: Sandbox,
}

impl Scope {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            model: fields.text("model"),
            model_provider: fields.text("model_provider"),
            approval_policy: fields.word("approval_policy"),
            sandbox_mode: fields.word("sandbox_mode"),
            model_reasoning_effort: fields.word("model_reasoning_effort"),
            model_reasoning_summary: fields.word("model_reasoning_summary"),
            model_verbosity: fields.word("model_verbosity"),
            model_supports_reasoning_summaries: fields.flag("model_supports_reasoning_summaries"),
            model_context_window: fields.number("model_context_window"),
            model_max_output_tokens: fields.number("model_max_output_tokens"),
            web_search: fields.word("web_search"),
            features: fields.flags("features"),
            sandbox_workspace_write: fields.table("sandbox_workspace_write", Sandbox::read),
        }
    }

    /// Why its model refuses its effort; what it does not choose is as `outer` chose.
    pub fn pair_refusal(&self, outer: &Self) -> Option<String> {
        let model = self.model.as_ref().or(outer.model.as_ref())?;
        let effort = self.model_reasoning_effort.or(outer.model_reasoning_effort)?;
        refusal(model, effort)
    }
}

/// A scope that a person chooses by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Profile {
    pub name: String,
    #[serde(flatten)]
    pub scope: Scope,
}

impl Profile {
    pub(super) fn read(fields: &mut Fields) -> Self {
        let profile = Self { name: fields.required("name"), scope: Scope::read(fields) };
        // It is a file's name, and `--profile` takes nothing else.
        if !profile.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)) {
            fields.refuse("name", "may have letters, digits, _ and - only");
        }
        profile
    }
}
