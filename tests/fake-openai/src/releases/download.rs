//! `GET /openai/codex/releases/download/{tag}/{asset}`.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State as Shared},
    http::header,
    response::Response,
};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::{fs::File, io::AsyncReadExt};

use super::{assets, folder, version_of};
use crate::{error::ApiError, server::Fake};

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

pub async fn download(Shared(fake): Shared<Arc<Fake>>, Path((tag, asset)): Path<(String, String)>) -> Result<Response, ApiError> {
    let missing = || ApiError::not_found(format!("no asset {asset} in {tag}"));
    let version = version_of(&tag)?;
    if !assets::is_asset(&asset) {
        return Err(missing());
    }
    let path = folder(&fake)?.join(version.to_string()).join(&asset);
    let file = File::open(path).await.map_err(|_| missing())?;
    let about = file.metadata().await.map_err(|_| missing())?;
    if !about.is_file() {
        return Err(missing());
    }
    let answer = Response::builder()
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_LENGTH, about.len())
        .body(Body::from_stream(stream::try_unfold(file, chunk)));
    Ok(answer.expect("both headers are valid"))
}

async fn chunk(mut file: File) -> std::io::Result<Option<(Bytes, File)>> {
    let mut buffer = BytesMut::with_capacity(CHUNK);
    let read = file.read_buf(&mut buffer).await?;
    Ok((read > 0).then(|| (buffer.freeze(), file)))
}
