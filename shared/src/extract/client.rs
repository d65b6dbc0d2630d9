//! The other end of a request, where nobody has to be recognised.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{App, AppError, client};

/// Where a request comes from.
#[derive(Debug)]
pub struct Client(pub client::Client);

impl FromRequestParts<App> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        let client = parts.extensions.get::<client::Client>().cloned();
        client.map(Self).ok_or_else(|| AppError::internal("this request did not pass the door"))
    }
}
