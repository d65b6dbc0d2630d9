//! The multipart body of `/sync` and `/push`.

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{FromRequest, Request};
use shared::artifacts::Place;
use shared::http::BODY_LIMIT;
use shared::launch::files::{Given, Here, is_profile};
use shared::launch::manifest::Manifest;
use shared::usage::session;
use shared::{App, AppError};

/// The body, for the API document.
#[derive(Debug, utoipa::ToSchema)]
#[schema(example = json!({ "manifest": "protocol 1\nrun 00000000000000000000000000000000\nreason launch\n" }))]
#[expect(dead_code, reason = "it is only described")]
pub struct Form {
    /// One fact a line: `docs/interface-cdx.md`. At most 64 KiB.
    manifest: String,
    /// The host's `auth.json`, when it is not what the host was given.
    #[schema(rename = "auth.json", value_type = Option<String>, format = Binary)]
    auth: Option<Vec<u8>>,
    /// What the session files of this home say of usage: `docs/interface-cdx.md`. At most 768 KiB.
    usage: Option<String>,
}

/// The answer, for the API document: a tar of shell variables and changed files.
#[derive(Debug, utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it is only described")]
pub struct Tar(Vec<u8>);

/// A manifest and the files that came with it.
#[derive(Debug)]
pub struct Parts {
    /// What the host says.
    pub manifest: Manifest,
    /// Its `auth.json`, when it is not what the host was given.
    pub auth: Option<Bytes>,
    /// Its other files.
    pub here: Here,
    /// What its session files say of usage.
    pub usage: Vec<session::Part>,
}

impl FromRequest<App> for Parts {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        let mut body = Multipart::from_request(request, app).await.map_err(|rejection| match rejection {
            MultipartRejection::InvalidBoundary(_) => AppError::UnsupportedMediaType("multipart/form-data"),
            other => AppError::Undecodable(other.body_text()),
        })?;
        let (mut manifest, mut auth, mut here, mut usage) = (None, None, Here::default(), Vec::new());
        while let Some(field) = body.next_field().await.map_err(|error| undecodable(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(|error| undecodable(&error))?;
            match name.as_str() {
                "manifest" => manifest = Some(content),
                "auth.json" => auth = Some(content),
                "usage" if content.len() > session::LIMIT => return Err(AppError::invalid("usage", "usage has at most 768 KiB")),
                "usage" => usage = session::parse(&String::from_utf8_lossy(&content)),
                "have" => here.have = Some(Given::parse(&String::from_utf8_lossy(&content))),
                "given" => here.given = Some(Given::parse(&String::from_utf8_lossy(&content))),
                "config.toml" => here.config = Some(content),
                path if Place::parse(path).is_some() => drop(here.changed.insert(path.to_owned(), content)),
                path if is_profile(path) => {}
                other => return Err(AppError::invalid(other, "this file is not synchronised")),
            }
        }
        let manifest = manifest.ok_or_else(|| AppError::invalid("manifest", "manifest is required"))?;
        let text = std::str::from_utf8(&manifest).map_err(|_| AppError::invalid("manifest", "must be UTF-8"))?;
        let manifest = Manifest::parse(text).map_err(|why| AppError::invalid("manifest", why))?;
        Ok(Self { manifest, auth, here, usage })
    }
}

fn undecodable(error: &axum::extract::multipart::MultipartError) -> AppError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return AppError::TooLarge(BODY_LIMIT);
    }
    AppError::Undecodable(error.body_text())
}
