//! An operator's change to one host.

use super::{Host, sql};
use crate::audit::{Actor, Change, difference};
use crate::{App, AppError, AppResult};

/// Changes a host in one transaction, under a lock on its row; the audit tells what differs afterwards. What `edit`
/// refuses changes nothing.
pub async fn edit(
    app: &App,
    by: &Actor,
    id: u64,
    action: &'static str,
    edit: impl FnOnce(&mut Host) -> AppResult<()> + Send,
) -> AppResult<Host> {
    let mut change = Change::begin(app, by).await?;
    let mut host = lock(&mut change, id).await?;
    let before = host.facts();
    edit(&mut host)?;
    host.updated_at = app.clock.now();
    sql::save(&mut change, &host).await?;
    let (before, after) = difference(before, host.facts());
    change.record(action, &host.fqdn, before, after);
    change.commit().await?;
    Ok(host)
}

/// The host, locked; one that is archived is not there.
pub async fn lock(change: &mut Change, id: u64) -> AppResult<Host> {
    let host = sql::lock(change, id).await?.filter(|host| host.archived_at.is_none());
    host.ok_or(AppError::NotFound("host"))
}
