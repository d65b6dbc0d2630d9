//! Which host has what of the fleet's content.

mod drift;

use shared::routing::{Routes, routes};

/// `/admin/content*`.
pub fn router() -> Routes {
    Routes::new().routes(routes!(drift::get_drift))
}
