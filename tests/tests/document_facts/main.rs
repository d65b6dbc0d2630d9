//! What the documents say of the API, of options and of codes, against the source.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod codes;
mod flags;
mod interface;
mod pages;
mod routes;
mod schema;
