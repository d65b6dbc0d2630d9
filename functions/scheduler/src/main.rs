//! Runs what is due on Lambda whenever EventBridge asks, and migrates when a deployment does.

use std::time::Duration;

use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::Value;
use shared::App;
use shared::secrets::Renewal;

/// What is kept back of the time an event may take, to tell how it went.
const RESERVE_MS: u64 = 15_000;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    // CloudFormation waits for an answer even when there is nothing to start with.
    let started = shared::lambda::start().await.map_err(|error| error.to_string());
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| handle(&started, event))).await
}

async fn handle(started: &Result<(App, Option<Renewal>), String>, event: LambdaEvent<Value>) -> Result<(), lambda_runtime::Error> {
    if let Ok((_, Some(renewal))) = started {
        renewal.tend().await;
    }
    let time = time_left(&event.context, started.as_ref().ok().map(|(app, _)| app));
    let app = started.as_ref().map(|(app, _)| app).map_err(Clone::clone);
    let done = scheduler::handle(app, event.payload, time).await;
    if let (Err(_), Ok((_, Some(renewal)))) = (&done, started) {
        renewal.suspect();
    }
    Ok(done?)
}

/// Until Lambda ends the event, less the reserve.
fn time_left(context: &Context, app: Option<&App>) -> Duration {
    let now = app.and_then(|app| u64::try_from(app.clock.now().timestamp_millis()).ok()).unwrap_or(context.deadline);
    Duration::from_millis(context.deadline.saturating_sub(now).saturating_sub(RESERVE_MS))
}
