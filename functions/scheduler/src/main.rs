//! Runs what is due on Lambda, whenever EventBridge asks.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use shared::App;
use shared::config::Config;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let app = App::new(Config::from_env()?)?;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async {
        scheduler::tick(&app).await;
        Ok::<_, lambda_runtime::Error>(())
    }))
    .await
}
