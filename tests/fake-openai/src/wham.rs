//! The `ChatGPT` backend's `wham` endpoints: plan usage and account routing.

use std::sync::Arc;

use axum::{Json, extract::State as Shared};
use serde_json::{Value, json};

use crate::{bearer::Bearer, families::Family, server::Fake};

/// `GET /backend-api/wham/usage`: what the plan has left.
pub async fn get_usage(caller: Bearer, Shared(fake): Shared<Arc<Fake>>) -> Json<Value> {
    let configured = fake.state().wham_usage.get(&caller.family.account_id).cloned();
    Json(configured.unwrap_or_else(|| default_usage(&fake, &caller.family)))
}

/// `GET /backend-api/wham/accounts/check`: without it the TUI of 0.156 and later does not start.
pub async fn check_accounts(caller: Bearer) -> Json<Value> {
    let account = &caller.family.account_id;
    Json(json!({
        "accounts": [{
            "id": account,
            "name": "Fake workspace",
            "structure": "personal",
            "plan_type": caller.family.plan_type,
            "workspace_backend_origin": "https://chatgpt.com",
            "account_routing_override": "NO_CONSTRAINT",
        }],
        "account_ordering": [account],
        "default_account_id": account,
    }))
}

fn default_usage(fake: &Fake, family: &Family) -> Value {
    json!({
        "plan_type": family.plan_type,
        "user_id": family.user_id,
        "account_id": family.account_id,
        "email": family.email,
        "rate_limit": fake.options.limits.to_json(fake.now().timestamp()),
        "code_review_rate_limit": null,
        "additional_rate_limits": [],
        "credits": { "has_credits": true, "unlimited": false, "balance": "9.99" },
        "rate_limit_reached_type": null,
        "promo": null,
    })
}
