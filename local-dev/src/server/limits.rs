//! What a connection may cost: time, and bytes that are no body.

use std::time::Duration;

use axum_server::{Address, Server};

/// The TLS handshake may take so long, and so may the head of the first request after it.
pub const FIRST: Duration = Duration::from_secs(10);
/// A connection on which the other side has let so much time pass is closed. Longer than proxies keep one (Caddy: two
/// minutes): a request of theirs should not meet it while it closes.
pub const IDLE: Duration = Duration::from_secs(130);
/// The head of a request; at twice as much, at the latest, it is 431. There may be 100 headers.
const HEAD_BYTES: usize = 64 * 1024;
/// Of HTTP/2, decoded.
const HEADER_LIST_BYTES: u32 = 32 * 1024;
/// Requests at once on a connection of HTTP/2. hyper ends a connection by itself that resets more than 20 before their turn.
const STREAMS: u32 = 64;

/// Sets them on a server.
pub fn set<A: Address, B>(server: &mut Server<A, B>) {
    let http = server.http_builder();
    http.http1().header_read_timeout(IDLE).max_buf_size(HEAD_BYTES);
    http.http2().max_concurrent_streams(STREAMS).max_header_list_size(HEADER_LIST_BYTES);
}
