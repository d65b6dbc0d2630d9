//! The real server against callers who mean it harm: each is refused within limits, and others do not notice.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod bodies;
mod connections;
mod heads;
mod http2;
mod nesting;
mod slow;
mod target;
