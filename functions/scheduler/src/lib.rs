//! What happens by itself: never in a request. Every instance may ask; of those that do, one runs a job that is due.

mod event;
mod jobs;
mod schema;
mod stack;

use std::time::Duration;

use shared::schedule::{self, BEAT, Job, Run};
use shared::{App, AppResult};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use event::handle;
pub use jobs::{WORK, Work};

/// How often an instance asks what is due.
const TICK: Duration = Duration::from_secs(10);

/// Runs jobs as they become due, or at once when somebody asks on this instance, until it is dropped.
pub async fn run(app: App) {
    loop {
        tick(&app).await;
        tokio::select! {
            () = sleep(TICK) => {}
            () = app.wake.notified() => {}
        }
    }
}

/// Runs what is due now. A job that fails is logged, noted, and tried again when it is due. `false`: it could not be seen what is.
pub async fn tick(app: &App) -> bool {
    let due = match schedule::due(app).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "it could not be seen which jobs are due");
            return false;
        }
    };
    for job in due {
        if let Some((_, work)) = WORK.iter().find(|(name, _)| *name == job.name) {
            offer(app, job, *work).await;
        }
    }
    true
}

/// Runs one job if this instance gets it. `false`: it is not due, or somebody else has it.
pub async fn offer(app: &App, job: &Job, work: Work) -> bool {
    match schedule::take(app, job.name, job.every).await {
        Ok(Some(run)) => {
            execute(app, job, &run, work).await;
            true
        }
        Ok(None) => false,
        Err(error) => {
            tracing::warn!(job.name, %error, "{} could not be taken", job.name);
            false
        }
    }
}

async fn execute(app: &App, job: &Job, run: &Run, work: Work) {
    let ended = attempt(app, job, run, work).await;
    match &ended {
        Ok(done) => tracing::info!(job.name, job.done = done, "{} ran", job.name),
        Err(error) => tracing::warn!(job.name, error, "{} failed", job.name),
    }
    if let Err(error) = schedule::finished(app, run, &ended).await {
        tracing::warn!(job.name, %error, "the end of {} was not noted", job.name);
    }
}

/// One run, in a task of its own: a panic ends that task only, and dropping the set ends it.
async fn attempt(app: &App, job: &Job, run: &Run, work: Work) -> Result<u64, String> {
    let mut task = JoinSet::new();
    let its = app.clone();
    task.spawn(async move { work(&its).await });
    match timeout(job.limit, ended(app, run, &mut task)).await {
        Ok(Ok(Ok(done))) => Ok(done),
        Ok(Ok(Err(error))) => Err(error.to_string()),
        Ok(Err(panic)) => Err(panic),
        Err(_) => Err(format!("it took longer than {} s and was ended", job.limit.as_secs())),
    }
}

/// Waits for the end of a run, and says meanwhile that it goes on.
async fn ended(app: &App, run: &Run, task: &mut JoinSet<AppResult<u64>>) -> Result<AppResult<u64>, String> {
    loop {
        tokio::select! {
            Some(ended) = task.join_next() => return ended.map_err(|error| error.to_string()),
            () = sleep(BEAT) => match schedule::extend(app, run).await {
                Ok(true) => {}
                Ok(false) => tracing::warn!(?run, "a run lost its lease: it goes on beside another"),
                Err(error) => tracing::warn!(?run, %error, "a lease was not extended"),
            },
        }
    }
}
