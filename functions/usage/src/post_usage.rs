use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::error::FieldErrors;
use shared::extract::{Caller, Json};
use shared::hosts::gate::Admitted;
use shared::hosts::view::atom;
use shared::usage::ingest::{self, Counted, Sender, Stored};
use shared::usage::{Entry, Money, entry};
use shared::{App, AppError, AppResult, http};

/// One entry, or `{"usages": [entry, …]}`. Numbers may be texts with commas.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(value_type = Object, example = json!({ "usages": [{ "total": "1,000", "input": 600, "output": 400, "cached": 50, "model": "gpt-5.1" }] }))]
pub struct PostUsage(Value);

/// What was taken in. With one entry its fields are here as well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum UsageAnswer {
    /// It counts.
    Recorded {
        host_id: u64,
        /// How many entries.
        recorded: usize,
        usages: Vec<RecordedUsage>,
        ingest_id: u64,
        cost: Money,
        #[serde(flatten)]
        only: Option<OnlyUsage>,
    },
    /// It does not count; the status is 200 all the same, as clients expect.
    Failed {
        recorded: bool,
        /// `usage ingestion failed`.
        reason: &'static str,
        /// What is wrong with the body, by field.
        #[serde(skip_serializing_if = "Option::is_none")]
        errors: Option<FieldErrors>,
    },
}

/// An entry as it was taken in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RecordedUsage {
    recorded_at: String,
    line: Option<String>,
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    cost: Money,
    model: Option<String>,
}

/// The only entry; its cost is the delivery's.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OnlyUsage {
    recorded_at: String,
    line: Option<String>,
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    model: Option<String>,
}

/// Count what a host's Codex used.
#[utoipa::path(post, path = "/usage", request_body = Option<PostUsage>, responses((status = 200, body = http::Envelope<UsageAnswer>)))]
pub async fn post_usage(Caller(caller): Caller, State(app): State<App>, Json(body): Json<PostUsage>) -> AppResult<impl IntoResponse> {
    let answer = match entry::parse(&body.0) {
        Ok(entries) => record(&app, &caller, entries).await.unwrap_or_else(|error| {
            if let AppError::Internal(cause) = &error {
                tracing::error!(error = %cause, host.id = caller.who.host.id, "usage was not recorded");
            }
            failed(None)
        }),
        Err(errors) => failed(Some(errors)),
    };
    Ok(http::ok(answer))
}

const fn failed(errors: Option<FieldErrors>) -> UsageAnswer {
    UsageAnswer::Failed { recorded: false, reason: "usage ingestion failed", errors }
}

async fn record(app: &App, caller: &Admitted, entries: Vec<Entry>) -> AppResult<UsageAnswer> {
    let stored = ingest::entries(app, Sender::of(caller, ""), entries).await?;
    Ok(shown(caller.who.host.id, &stored))
}

fn shown(host_id: u64, stored: &Stored) -> UsageAnswer {
    let recorded_at = atom(stored.at);
    let one = |counted: &Counted| {
        let Entry { line, tokens, model } = counted.entry.clone();
        RecordedUsage {
            recorded_at: recorded_at.clone(),
            line,
            total: tokens.total,
            input: tokens.input,
            output: tokens.output,
            cached: tokens.cached,
            reasoning: tokens.reasoning,
            cost: Money(counted.cost.total()),
            model,
        }
    };
    let usages: Vec<_> = stored.entries.iter().map(one).collect();
    let only = match usages.as_slice() {
        [only] => Some(OnlyUsage::from(only.clone())),
        _ => None,
    };
    UsageAnswer::Recorded { host_id, recorded: usages.len(), usages, ingest_id: stored.ingest_id, cost: stored.cost, only }
}

impl From<RecordedUsage> for OnlyUsage {
    fn from(one: RecordedUsage) -> Self {
        let RecordedUsage { recorded_at, line, total, input, output, cached, reasoning, model, cost: _ } = one;
        Self { recorded_at, line, total, input, output, cached, reasoning, model }
    }
}
