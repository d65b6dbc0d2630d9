//! Everything the fake remembers, for tests to look at.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    families::{Families, FamilyId},
    faults::Fault,
    replies::Scripted,
    usage::Usage,
};

/// One request as it came in, and how it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    /// `None`: the connection was dropped without an answer.
    pub status: Option<u16>,
    pub user_agent: Option<String>,
    pub account_header: Option<String>,
    /// Whose access token it carried, live or not.
    pub family: Option<FamilyId>,
    pub jti: Option<String>,
}

/// One model request that was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct ModelRequest {
    pub path: String,
    pub model: String,
    /// The decoded JSON body.
    pub body: Value,
    pub family: FamilyId,
    pub jti: String,
    pub account_header: Option<String>,
    pub user_agent: Option<String>,
    /// What the answer said was used.
    pub usage: Usage,
}

/// What one login used of one model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LedgerLine {
    pub requests: u32,
    #[serde(flatten)]
    pub usage: Usage,
}

/// Totals of the OAuth endpoints.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OauthCounts {
    pub exchanges: u32,
    pub reuse_errors: u32,
    /// Everything refused, reuse included.
    pub refused: u32,
    pub revokes: u32,
}

/// The mutable half of the fake.
#[derive(Debug, Default)]
pub struct State {
    pub families: Families,
    pub oauth: OauthCounts,
    /// Decoded bodies sent to `/oauth/token`, in order.
    pub token_bodies: Vec<Value>,
    pub requests: Vec<Seen>,
    pub model_requests: Vec<ModelRequest>,
    pub ledger: BTreeMap<(FamilyId, String), LedgerLine>,
    pub faults: VecDeque<Fault>,
    pub replies: VecDeque<Scripted>,
    /// Per account: what `wham/usage` answers instead of the default.
    pub wham_usage: BTreeMap<String, Value>,
}

impl State {
    /// How many requests a method and path have seen, e.g. `("POST", "/oauth/token")`.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let same = |seen: &&Seen| seen.method == method && seen.path == path;
        self.requests.iter().filter(same).count()
    }

    /// Adds one answered model request to the ledger.
    pub fn book(&mut self, family: &FamilyId, model: &str, usage: Usage) {
        let key = (family.clone(), model.to_owned());
        let line = self.ledger.entry(key).or_default();
        line.requests += 1;
        line.usage.add(usage);
    }

    /// The answer of `GET /_fake/state`.
    pub fn to_json(&self) -> Value {
        let mut counts = BTreeMap::<String, u32>::new();
        for seen in &self.requests {
            let key = format!("{} {}", seen.method, seen.path);
            *counts.entry(key).or_default() += 1;
        }
        let families: BTreeMap<_, _> = self.families.families.iter().map(|(k, v)| (&k.0, v)).collect();
        let line = |((family, model), line): (&(FamilyId, String), &LedgerLine)| json!({ "family": family, "model": model, "requests": line.requests, "usage": line.usage });
        json!({
            "oauth": self.oauth,
            "families": families,
            "refresh_tokens": self.families.refresh_tokens,
            "token_bodies": self.token_bodies,
            "counts": counts,
            "requests": self.requests,
            "model_requests": self.model_requests,
            "ledger": self.ledger.iter().map(line).collect::<Vec<_>>(),
            "pending_faults": self.faults,
            "pending_replies": self.replies,
        })
    }
}
