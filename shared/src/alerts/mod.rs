//! What operators should hear of: conditions that hold now, and webhooks that are told when one opens or ends.

pub mod conditions;
pub mod deliver;
mod evaluate;
mod facts;
pub mod sign;
pub mod sql;
mod target;
pub mod webhooks;

use chrono::TimeDelta;

use crate::{App, AppResult};

pub use evaluate::evaluate;

/// Ended conditions and settled deliveries are kept for so long.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Looks what holds now, and sends what is due. Gives how many conditions changed and deliveries were tried.
pub async fn run(app: &App) -> AppResult<u64> {
    Ok(evaluate(app).await? + deliver::due(app).await?)
}

/// Removes what ended long ago.
pub async fn prune(app: &App) -> AppResult<u64> {
    Ok(sql::prune(&mut *app.db.acquire().await?, app.clock.now() - KEPT).await?)
}
