//! `/_fake/*`: the library's switches for people and for other processes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    response::{AppendHeaders, IntoResponse},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{families::FamilyId, faults::Fault, login::LoginOptions, replies::Scripted, server::Fake};

pub fn router() -> Router<Arc<Fake>> {
    Router::new()
        .route("/_fake/state", get(get_state))
        .route("/_fake/login", post(create_login))
        .route("/_fake/expire", post(expire))
        .route("/_fake/faults", post(create_faults).delete(delete_faults))
        .route("/_fake/replies", post(create_replies))
        .route("/_fake/wham-usage", post(set_wham_usage))
}

async fn get_state(Shared(fake): Shared<Arc<Fake>>) -> Json<Value> {
    Json(fake.state().to_json())
}

/// The body is a ready `auth.json`; the family's name travels in a header to keep it one.
async fn create_login(Shared(fake): Shared<Arc<Fake>>, Json(options): Json<LoginOptions>) -> impl IntoResponse {
    let (family, auth) = fake.login(&options);
    (AppendHeaders([("x-fake-family", family.0)]), Json(auth))
}

/// What `POST /_fake/expire` ends; without a family, for all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expire {
    family: Option<FamilyId>,
    #[serde(default)]
    what: What,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum What {
    #[default]
    Access,
    Refresh,
}

async fn expire(Shared(fake): Shared<Arc<Fake>>, Json(expire): Json<Expire>) -> StatusCode {
    let families = &mut fake.state().families;
    match expire.what {
        What::Access => families.expire_access(expire.family.as_ref()),
        What::Refresh => families.expire_refresh(expire.family.as_ref()),
    }
    StatusCode::NO_CONTENT
}

/// One thing or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

async fn create_faults(Shared(fake): Shared<Arc<Fake>>, Json(faults): Json<OneOrMany<Fault>>) -> StatusCode {
    fake.state().faults.extend(faults.into_vec());
    StatusCode::NO_CONTENT
}

async fn delete_faults(Shared(fake): Shared<Arc<Fake>>) -> StatusCode {
    fake.state().faults.clear();
    StatusCode::NO_CONTENT
}

async fn create_replies(Shared(fake): Shared<Arc<Fake>>, Json(replies): Json<OneOrMany<Scripted>>) -> StatusCode {
    fake.state().replies.extend(replies.into_vec());
    StatusCode::NO_CONTENT
}

/// What `wham/usage` tells one account from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhamUsage {
    account_id: String,
    answer: Value,
}

async fn set_wham_usage(Shared(fake): Shared<Arc<Fake>>, Json(usage): Json<WhamUsage>) -> StatusCode {
    let mut state = fake.state();
    state.wham_usage.insert(usage.account_id, usage.answer);
    StatusCode::NO_CONTENT
}
