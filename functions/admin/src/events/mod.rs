//! Changes as they happen.

mod stream;

use shared::routing::{Routes, routes};

/// `/admin/events`.
pub fn router() -> Routes {
    Routes::new().routes(routes!(stream::stream_events))
}
