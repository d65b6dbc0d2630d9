//! The shared state behind the handlers, and the routes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    clock, control, families::FamilyId, faults, login, models, oauth, options::Options, prices, record, releases, responses, state::State,
    wham,
};

/// One fake `OpenAI`.
#[derive(Debug)]
pub struct Fake {
    pub options: Options,
    state: Mutex<State>,
    /// So many microseconds its clock is ahead of the machine's.
    ahead: AtomicI64,
}

impl Fake {
    pub fn new(options: Options) -> Self {
        Self { options, state: Mutex::default(), ahead: AtomicI64::new(0) }
    }

    /// Never hold it across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time as the fake tells it.
    pub fn now(&self) -> DateTime<Utc> {
        clock::now() + TimeDelta::microseconds(self.ahead.load(Ordering::SeqCst))
    }

    /// Sets its clock, which goes on from there; `None`: the machine's time again.
    pub fn set_time(&self, at: Option<DateTime<Utc>>) {
        let ahead = at.map_or(TimeDelta::zero(), |at| at - clock::now());
        self.ahead.store(ahead.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }

    pub fn login(&self, options: &login::LoginOptions) -> (FamilyId, Value) {
        let now = self.now();
        let tokens = self.state().families.login(options, now.timestamp());
        let auth = login::auth_json(&tokens, options.last_refresh.unwrap_or(now));
        (tokens.family, auth)
    }
}

/// Every route; `/_fake` is neither recorded nor hit by faults.
pub fn router(fake: Arc<Fake>) -> Router {
    let model = post(responses::create_response).get(responses::refuse_websocket);
    Router::new()
        .route("/oauth/token", post(oauth::create_token))
        .route("/oauth/revoke", post(oauth::create_revocation))
        .route("/v1/responses", model.clone())
        .route("/backend-api/codex/responses", model)
        .route("/v1/models", get(models::list_models))
        .route("/backend-api/codex/models", get(models::list_models))
        .route("/backend-api/wham/usage", get(wham::get_usage))
        .route("/backend-api/wham/accounts/check", get(wham::check_accounts))
        .route("/prices.json", get(prices::list_prices))
        .merge(releases::router())
        .fallback(not_found)
        .layer(from_fn_with_state(fake.clone(), faults::apply))
        .layer(from_fn_with_state(fake.clone(), record::record))
        .merge(control::router())
        .layer(DefaultBodyLimit::disable())
        .with_state(fake)
}

async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, Json(json!({ "detail": "Not Found" })))
}
