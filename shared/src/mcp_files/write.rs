//! Writing and deleting files: own ones only.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sqlx::MySqlConnection;

use super::path::{FLEET, FilePath, Place, SHARED, parents};
use super::sql::{self, Usage};
use super::{MAX_FILES, Written};
use crate::mcp::McpConfig;
use crate::memories::input::secret_message;
use crate::memories::secrets;
use crate::{App, AppError, AppResult};

/// What a write may do with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// It may make a file.
    pub create: bool,
    /// It may replace one.
    pub overwrite: bool,
    /// The version it replaces; 0: there must be none.
    pub if_version: Option<u32>,
}

/// The bytes of a text or of base64.
pub fn decode(content: &str, encoding: Option<&str>) -> AppResult<Vec<u8>> {
    match encoding.map(str::trim).filter(|encoding| !encoding.is_empty()) {
        None | Some("utf-8" | "utf8" | "text") => Ok(content.as_bytes().to_vec()),
        Some("base64") => {
            let plain: String = content.split_ascii_whitespace().collect();
            BASE64_STANDARD.decode(plain).map_err(|_| AppError::invalid("content", "content is not base64"))
        }
        Some(_) => Err(AppError::invalid("encoding", "encoding must be utf-8 or base64")),
    }
}

/// Writes a file of a host, in one transaction.
pub async fn write(app: &App, host: u64, path: &FilePath, bytes: &[u8], mode: Mode, session: Option<&str>) -> AppResult<Written> {
    let path = own(path, false)?;
    let text = std::str::from_utf8(bytes).ok();
    if let Some(kind) = text.and_then(secrets::find) {
        return Err(AppError::invalid("content", secret_message("content", kind)));
    }
    let mut tx = app.begin().await?;
    let usage = sql::lock_usage(&mut tx, host).await?;
    let current = sql::find(&mut tx, host, path).await?;
    may(current.as_ref().map(|meta| meta.version), mode)?;
    let (written, new) = (u32::try_from(bytes.len()).unwrap_or(u32::MAX), current.is_none());
    let same = match &current {
        Some(meta) if meta.size_bytes == written => sql::content(&mut tx, meta.id).await? == bytes,
        _ => false,
    };
    if !same {
        let usage = room(usage, current.as_ref().map(|meta| meta.size_bytes), bytes.len(), &app.config.mcp)?;
        if new {
            no_clash(&mut tx, host, path).await?;
        }
        sql::save(&mut tx, app.clock.now(), (host, path), (bytes, text.is_some()), session).await?;
        sql::set_usage(&mut tx, host, usage).await?;
    }
    let meta = sql::find(&mut tx, host, path).await?.ok_or_else(|| AppError::internal("a file was not there after it was written"))?;
    tx.commit().await?;
    let status = if same {
        "unchanged"
    } else if new {
        "created"
    } else {
        "updated"
    };
    let (size_bytes, modified_at, version) = (meta.size_bytes, meta.updated_at, meta.version);
    Ok(Written { path: path.to_owned(), size_bytes, modified_at, written_bytes: written, status, version })
}

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// How many files.
    pub files: usize,
}

/// Deletes a file, or with `recursive` a directory and all that is in it.
pub async fn delete(app: &App, host: u64, path: &FilePath, recursive: bool) -> AppResult<Deleted> {
    let mut tx = app.begin().await?;
    let deleted = remove(&mut tx, host, path, recursive).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// The same as a part of a transaction.
pub(super) async fn remove(conn: &mut MySqlConnection, host: u64, path: &FilePath, recursive: bool) -> AppResult<Deleted> {
    let path = own(path, true)?;
    let mut usage = sql::lock_usage(conn, host).await?;
    let gone = match sql::find(conn, host, path).await? {
        Some(meta) => vec![meta],
        None => sql::under(conn, host, path, MAX_FILES).await?,
    };
    let is_directory = gone.iter().any(|meta| meta.path != path);
    if is_directory && !recursive {
        return Err(AppError::invalid("recursive", "path is a directory with files in it: set recursive to delete them all"));
    }
    if !gone.is_empty() {
        for meta in &gone {
            usage.files = usage.files.saturating_sub(1);
            usage.size_bytes = usage.size_bytes.saturating_sub(u64::from(meta.size_bytes));
        }
        sql::delete(conn, &gone.iter().map(|meta| meta.id).collect::<Vec<_>>()).await?;
        sql::set_usage(conn, host, usage).await?;
    }
    Ok(Deleted { files: gone.len() })
}

fn own(path: &FilePath, may_be_directory: bool) -> AppResult<&str> {
    match path.place() {
        Place::Own("") => Err(AppError::invalid("path", "path must name a file")),
        // As a file it would be what others see as the directory of all that is shared.
        Place::Own(SHARED) if !may_be_directory => Err(AppError::invalid("path", format!("{SHARED} is a directory"))),
        Place::Own(path) => Ok(path),
        Place::Fleet | Place::OfHost { .. } => {
            Err(AppError::invalid("path", format!("{FLEET}/ is read-only: write below shared/ to share a file")))
        }
    }
}

/// Whether a write may do what it would do.
fn may(current: Option<u32>, mode: Mode) -> AppResult<()> {
    if mode.if_version.is_some_and(|believed| believed != current.unwrap_or(0)) {
        return Err(AppError::PreconditionFailed);
    }
    match current {
        None if !mode.create => Err(AppError::NotFound("file")),
        Some(_) if !mode.overwrite => Err(AppError::invalid("overwrite", "the file is there already and overwrite is false")),
        _ => Ok(()),
    }
}

/// What a host's files take after a write, or why it cannot be.
fn room(usage: Usage, old: Option<u32>, new: usize, limits: &McpConfig) -> AppResult<Usage> {
    if new > limits.file_bytes {
        return Err(AppError::invalid("content", format!("a file has {} bytes or fewer", limits.file_bytes)));
    }
    let size_bytes = usage.size_bytes.saturating_sub(old.unwrap_or(0).into()) + new as u64;
    let files = usage.files + u32::from(old.is_none());
    if size_bytes > limits.host_bytes && new > old.unwrap_or(0) as usize {
        return Err(AppError::invalid(
            "content",
            format!("the files of a host have {} bytes or fewer together: delete some", limits.host_bytes),
        ));
    }
    if files > MAX_FILES && old.is_none() {
        return Err(AppError::invalid("path", format!("a host has {MAX_FILES} files or fewer: delete some")));
    }
    Ok(Usage { files, size_bytes })
}

/// A name is a file or a directory, never both.
async fn no_clash(conn: &mut MySqlConnection, host: u64, path: &str) -> AppResult<()> {
    for parent in parents(path) {
        if sql::find(conn, host, parent).await?.is_some() {
            return Err(AppError::invalid("path", format!("{parent} is a file")));
        }
    }
    if sql::under(conn, host, path, 1).await?.is_empty() { Ok(()) } else { Err(AppError::invalid("path", "path is a directory")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_does_what_it_may() {
        let mode = |create, overwrite, if_version| Mode { create, overwrite, if_version };
        let table = [
            (None, mode(true, true, None), true),
            (None, mode(false, true, None), false),
            (None, mode(true, false, None), true),
            (Some(2), mode(true, false, None), false),
            (Some(2), mode(false, true, None), true),
            (Some(2), mode(true, true, Some(2)), true),
            (Some(2), mode(true, true, Some(1)), false),
            (Some(2), mode(true, true, Some(0)), false),
            (None, mode(true, true, Some(0)), true),
            (None, mode(true, true, Some(1)), false),
        ];
        for (current, mode, expected) in table {
            assert_eq!(may(current, mode).is_ok(), expected, "{current:?} {mode:?}");
        }
    }

    #[test]
    fn a_host_has_so_much_room() {
        let limits = McpConfig { origins: Vec::new(), file_bytes: 10, host_bytes: 25, writes_log_first: false };
        let usage = Usage { files: 2, size_bytes: 20 };
        let table = [
            (usage, None, 5, Some((3, 25))),
            (usage, None, 6, None),
            (usage, None, 11, None),
            (usage, Some(10), 10, Some((2, 20))),
            (usage, Some(10), 3, Some((2, 13))),
            (Usage { size_bytes: 40, ..usage }, Some(10), 9, Some((2, 39))),
            (Usage { size_bytes: 40, ..usage }, Some(8), 9, None),
            (Usage { files: MAX_FILES, ..usage }, None, 1, None),
            (Usage { files: MAX_FILES, ..usage }, Some(1), 1, Some((MAX_FILES, 20))),
        ];
        for (usage, old, new, expected) in table {
            let after = room(usage, old, new, &limits).ok().map(|usage| (usage.files, usage.size_bytes));
            assert_eq!(after, expected, "{usage:?} {old:?} {new}");
        }
    }

    #[test]
    fn contents_are_text_or_base64() {
        assert_eq!(decode("é", None).unwrap(), "é".as_bytes());
        assert_eq!(decode("AP\n8=", Some("base64")).unwrap(), [0, 255]);
        assert!(decode("?", Some("base64")).is_err() && decode("x", Some("latin1")).is_err());
    }
}
