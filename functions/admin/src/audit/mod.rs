//! Who changed what.

mod list_audit;
mod verify_audit;

use shared::routing::{Routes, routes};

/// `/admin/audit*`.
pub fn router() -> Routes {
    Routes::new().routes(routes!(list_audit::list_audit)).routes(routes!(verify_audit::verify_audit))
}
