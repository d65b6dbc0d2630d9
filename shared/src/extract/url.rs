//! What comes in the address.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{App, AppError};

/// Parameters of the path; what does not parse is not there.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let parsed: Result<AxumPath<T>, PathRejection> = AxumPath::from_request_parts(parts, app).await;
        parsed.map(|AxumPath(value)| Self(value)).map_err(|_| AppError::NotFound("resource"))
    }
}

/// Parameters of the query; what does not parse is 422.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let parsed: Result<AxumQuery<T>, QueryRejection> = AxumQuery::from_request_parts(parts, app).await;
        parsed.map(|AxumQuery(value)| Self(value)).map_err(|rejection| AppError::invalid("query", rejection.body_text()))
    }
}
