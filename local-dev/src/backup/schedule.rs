//! Copies by themselves: made, verified, the oldest removed. Each run is a run of the job `backup`, so that one which fails is an alert
//! like any other job's, and of several processes one makes it.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use shared::App;
use shared::schedule::{self, BACKUP, BEAT, Run};
use tokio::time::{interval, sleep};

use super::copies::{Copies, set_aside};
use super::error::BackupError;
use super::make::make;
use super::passphrase::Passphrase;
use super::place::Place;
use super::status::Status;
use super::verify::verify;

/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_secs(10);

/// What is done each time.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where copies go.
    pub folder: Copies,
    /// What seals them.
    pub passphrase: Passphrase,
    /// How many stay; `None`: all.
    pub keep: Option<usize>,
    /// A copy is tried before it counts.
    pub verify: bool,
}

/// After one that somebody asked for, no other is due by itself: that would be told as late.
const NEVER: Duration = Duration::from_hours(24 * 3650);

/// Makes one copy now. Gives what to say of it. `every`: how often somebody does so, by whose measure its health is judged.
pub async fn once(place: &Place, plan: &Plan, every: Duration) -> Result<String, BackupError> {
    let requested = schedule::request(&mut *place.app.db.acquire().await?, place.app.clock.now(), BACKUP).await;
    let run = match requested {
        Ok(()) => Some(schedule::take(&place.app, BACKUP, NEVER).await?.ok_or(BackupError::Busy)?),
        // A database of an older release: it is copied before it is brought up to date.
        Err(error) => {
            tracing::warn!(%error, "this copy is not noted among the jobs");
            None
        }
    };
    noted(place, plan, run, every).await
}

/// Makes a copy whenever it is due, until it is dropped. What fails is told, noted, and tried again after ten minutes.
pub async fn forever(place: &Place, plan: &Plan, every: Duration) {
    loop {
        match schedule::take(&place.app, BACKUP, every).await {
            Ok(Some(run)) => match noted(place, plan, Some(run), every).await {
                Ok(said) => println!("{said}"),
                Err(error) => tracing::error!(%error, "no copy was made"),
            },
            Ok(None) => soon(&place.app, every).await,
            // Not noted: the last copy is as good as it was, and only the next, perhaps tomorrow's, would say so. One that is late is told.
            Err(error) => tracing::error!(%error, "it could not be seen whether a copy is due"),
        }
        sleep(LOOK).await;
    }
}

/// A copy that somebody asked for has put the next one off for ever: here there is a next one.
async fn soon(app: &App, every: Duration) {
    let next = app.clock.now() + every;
    let asked = async { schedule::request(&mut *app.db.acquire().await?, next, BACKUP).await };
    if let Err(error) = asked.await {
        tracing::error!(%error, "it could not be noted when the next copy is due");
    }
}

/// One run, with its end noted where operators and a container look.
async fn noted(place: &Place, plan: &Plan, run: Option<Run>, every: Duration) -> Result<String, BackupError> {
    let made = alive(&place.app, run.as_ref(), Box::pin(one(place, plan))).await;
    let now = place.app.clock.now();
    match &made {
        Ok((path, _)) => Status::succeeded(&plan.folder, now, path, every),
        Err(error) => Status::failed(&plan.folder, now, &error.to_string()),
    }
    if let Some(run) = run {
        let ended = made.as_ref().map(|_| 1).map_err(ToString::to_string);
        if let Err(error) = schedule::finished(&place.app, &run, &ended).await {
            tracing::warn!(%error, "the end of a copy was not noted");
        }
    }
    made.map(|(_, said)| said)
}

/// Says while it lasts that the run goes on.
async fn alive<T>(app: &App, run: Option<&Run>, mut work: Pin<Box<impl Future<Output = T>>>) -> T {
    let mut beat = interval(BEAT);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = beat.tick() => if let Some(run) = run && let Err(error) = schedule::extend(app, run).await {
                tracing::warn!(%error, "the lease of a copy was not extended");
            }
        }
    }
}

async fn one(place: &Place, plan: &Plan) -> Result<(PathBuf, String), BackupError> {
    let (path, totals) = make(place, &plan.folder, &plan.passphrase).await?;
    let mut said = format!("{}: {} rows of {} tables", path.display(), totals.rows(), totals.tables.len());
    if plan.verify {
        let found = verify(&path, &plan.passphrase, Some(&place.app.config.database_url.0)).await.map_err(|error| judged(&path, &error))?;
        said.extend([format!("; verified: {} secrets open, {} entries of the audit are intact", found.secrets, found.entries)]);
    }
    if let Some(keep) = plan.keep {
        let gone = plan.folder.keep(keep)?;
        if !gone.is_empty() {
            said.extend(["; removed ", &gone.join(", ")]);
        }
    }
    Ok((path, said))
}

/// A copy that is not what went in is set aside. One that could not be tried, for want of room, say, may be good and keeps its name.
fn judged(path: &Path, error: &BackupError) -> BackupError {
    let is_bad = matches!(error, BackupError::Damaged(..) | BackupError::Foreign(..) | BackupError::NotVerified(..));
    match is_bad.then(|| set_aside(path)) {
        None => BackupError::Untried(path.to_path_buf(), error.to_string()),
        Some(Ok(aside)) => BackupError::SetAside(aside, error.to_string()),
        Some(Err(unmoved)) => unmoved,
    }
}
