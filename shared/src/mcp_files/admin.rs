//! What administrators do with the files of hosts: look at them, and delete them.

use serde_json::json;

use super::list::Listing;
use super::path::FilePath;
pub use super::sql::Space;
use super::write::Deleted;
use super::{Content, list, read, sql, write};
use crate::audit::{Actor, Change};
use crate::memories::Reach;
use crate::{App, AppError, AppResult};

/// Most hosts of an answer.
pub const MOST: u32 = 500;

/// The hosts that have files and whose name has `text` in it.
pub async fn spaces(app: &App, text: &str) -> AppResult<Vec<Space>> {
    Ok(sql::spaces(&mut *app.db.acquire().await?, &text.to_lowercase(), MOST).await?)
}

/// What is in a directory of a host.
pub async fn list(app: &App, host: u64, path: &FilePath) -> AppResult<Listing> {
    list::list(app, &only(app, host).await?, path, None).await
}

/// A file of a host.
pub async fn read(app: &App, host: u64, path: &FilePath) -> AppResult<Content> {
    read::read(app, &only(app, host).await?, path, false).await
}

/// Deletes a file of a host, or a directory and all that is in it; nothing happens when it is not there.
pub async fn delete(app: &App, by: &Actor, host: u64, path: &FilePath) -> AppResult<Deleted> {
    let mut change = Change::begin(app, by).await?;
    let fqdn = sql::host_name(&mut change, host).await?.ok_or(AppError::NotFound("host"))?;
    let deleted = write::remove(&mut change, host, path, true).await?;
    if deleted.files > 0 {
        change.record("mcp.file.admin.delete", fqdn, json!({ "path": path.as_str(), "files": deleted.files }), ());
        change.commit().await?;
    }
    Ok(deleted)
}

/// The host's own space and nothing that others share.
async fn only(app: &App, host: u64) -> AppResult<Reach> {
    sql::host_name(&mut *app.db.acquire().await?, host).await?.ok_or(AppError::NotFound("host"))?;
    Ok(Reach { host, granted: Vec::new() })
}
