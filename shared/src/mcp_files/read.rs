//! Reading files and asking what is there.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sqlx::MySqlConnection;

use super::path::{FLEET, FilePath, Place, SHARED};
use super::{Content, Stat, sql};
use crate::memories::{Need, Reach, Scope};
use crate::{App, AppError, AppResult};

/// Whose space a path leads into, and where there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The host whose files they are.
    pub host: u64,
    /// In its space.
    pub path: String,
    /// What stands in front of it in the paths that the caller uses.
    pub shown: String,
    /// What of the space is cut off before that is put in front.
    pub hidden: String,
}

impl Spot {
    /// A path of that space as the caller uses it.
    pub fn show(&self, path: &str) -> String {
        let rest = path.strip_prefix(&self.hidden).unwrap_or(path).trim_start_matches('/');
        let shown = format!("{}/{rest}", self.shown);
        shown.trim_matches('/').to_owned()
    }
}

/// Where a path leads; `None`: to the list of hosts that share. A host that was not granted to read `fleet` is told so, whatever
/// is there.
pub(super) async fn spot(conn: &mut MySqlConnection, reach: &Reach, path: &FilePath) -> AppResult<Option<Spot>> {
    let (host, below) = match path.place() {
        Place::Own(path) => return Ok(Some(Spot { host: reach.host, path: path.to_owned(), shown: String::new(), hidden: String::new() })),
        place if !reach.may(&Scope::Fleet, Need::Read) => {
            let what = if place == Place::Fleet { "files of the fleet" } else { "files of other hosts" };
            return Err(AppError::refused(
                "scope_not_granted",
                format!("this host was not granted to read {what}: an operator can grant it"),
            ));
        }
        Place::Fleet => return Ok(None),
        Place::OfHost { host, path } => (host, path),
    };
    let id = sql::host_named(conn, &host.to_ascii_lowercase()).await?.ok_or(AppError::NotFound("file or directory"))?;
    let path = format!("{SHARED}/{below}");
    let path = path.trim_end_matches('/').to_owned();
    Ok(Some(Spot { host: id, path, shown: format!("{FLEET}/{}", host.to_ascii_lowercase()), hidden: SHARED.to_owned() }))
}

/// A file, as text where it is text and `base64` is not asked for.
pub async fn read(app: &App, reach: &Reach, path: &FilePath, as_base64: bool) -> AppResult<Content> {
    let mut conn = app.db.acquire().await?;
    let spot = spot(&mut conn, reach, path).await?.ok_or(AppError::NotFound("file"))?;
    let meta = sql::find(&mut conn, spot.host, &spot.path).await?.ok_or(AppError::NotFound("file"))?;
    let bytes = sql::content(&mut conn, meta.id).await?;
    let (encoding, mime_type, content) = match String::from_utf8(bytes) {
        Ok(text) if !as_base64 => ("utf-8", "text/plain", text),
        Ok(text) => ("base64", "text/plain", BASE64_STANDARD.encode(text)),
        Err(error) => ("base64", "application/octet-stream", BASE64_STANDARD.encode(error.as_bytes())),
    };
    let (size_bytes, modified_at, version) = (meta.size_bytes, meta.updated_at, meta.version);
    Ok(Content { path: spot.show(&spot.path), size_bytes, modified_at, mime_type, encoding, version, content })
}

/// What a path names; `None`: nothing.
pub async fn stat(app: &App, reach: &Reach, path: &FilePath) -> AppResult<Option<Stat>> {
    let mut conn = app.db.acquire().await?;
    let directory = |path: String| Stat { path, kind: "dir", size_bytes: None, modified_at: None, version: None };
    let spot = match spot(&mut conn, reach, path).await {
        Ok(Some(spot)) => spot,
        Ok(None) => return Ok(Some(directory(FLEET.to_owned()))),
        Err(AppError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if spot.path.is_empty() {
        return Ok(Some(directory(String::new())));
    }
    if let Some(meta) = sql::find(&mut conn, spot.host, &spot.path).await? {
        let size_bytes = Some(meta.size_bytes);
        let (modified_at, version) = (Some(meta.updated_at), Some(meta.version));
        return Ok(Some(Stat { path: spot.show(&meta.path), kind: "file", size_bytes, modified_at, version }));
    }
    let inside = sql::under(&mut conn, spot.host, &spot.path, 1).await?;
    Ok((!inside.is_empty()).then(|| directory(spot.show(&spot.path))))
}
