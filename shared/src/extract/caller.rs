//! The host behind a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::hosts::gate::Admitted;
use crate::{App, AppError};

/// A host that presented its key and came in by the rules of its route's door ([`crate::hosts::gate`]).
#[derive(Debug)]
pub struct Caller(pub Admitted);

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        let admitted = parts.extensions.remove::<Admitted>();
        admitted.map(Self).ok_or_else(|| AppError::internal("the table of routes does not say that this route is for hosts"))
    }
}
