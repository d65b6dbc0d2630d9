//! Extractors whose failures answer in our envelope.

mod admin;
mod body;
mod caller;
mod url;

pub use admin::{Operator, Owner, SESSION_COOKIE, Viewer};
pub use body::{Json, RawBody};
pub use caller::Caller;
pub use url::{Path, Query};
