//! Extractors whose failures answer in our envelope.

mod admin;
mod body;
mod caller;
mod client;
mod url;
mod values;

pub use admin::{Operator, Owner, Viewer};
pub use body::{Json, RawBody, is_json};
pub use caller::Caller;
pub use client::Client;
pub use url::{Path, Query};
pub use values::{Flag, RowId, short_text};
