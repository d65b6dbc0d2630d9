//! What happens by itself: never in a request. Every instance may ask; of those that do, one runs a job that is due.

mod jobs;

use std::time::Duration;

use shared::{App, schedule};

pub use jobs::{JOBS, Job};

/// How often an instance asks what is due.
const TICK: Duration = Duration::from_secs(10);

/// Runs jobs as they become due, until it is dropped.
pub async fn run(app: App) {
    loop {
        tick(&app).await;
        tokio::time::sleep(TICK).await;
    }
}

/// Runs what is due now. A job that fails is logged, noted, and tried again when it is due.
pub async fn tick(app: &App) {
    for job in JOBS {
        match schedule::take(app, job.name, job.every).await {
            Ok(true) => execute(app, job).await,
            Ok(false) => {}
            Err(error) => tracing::warn!(job.name, %error, "{} could not be taken", job.name),
        }
    }
}

async fn execute(app: &App, job: &Job) {
    let error = match (job.run)(app).await {
        Ok(done) => {
            tracing::info!(job.name, job.done = done, "{} ran", job.name);
            None
        }
        Err(error) => {
            tracing::warn!(job.name, %error, "{} failed", job.name);
            Some(error.to_string())
        }
    };
    if let Err(error) = schedule::finished(app, job.name, error.as_deref()).await {
        tracing::warn!(job.name, %error, "the end of {} was not noted", job.name);
    }
}
