//! What operators should hear of, and who is told.

mod deliveries;
mod list_alerts;
mod test_webhook;
mod webhooks;

pub use list_alerts::Alert;

use shared::routing::{Routes, routes};

/// `/admin/alerts*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(list_alerts::list_alerts))
        .routes(routes!(deliveries::list_alert_deliveries))
        .routes(routes!(webhooks::list_alert_webhooks, webhooks::create_alert_webhook))
        .routes(routes!(webhooks::update_alert_webhook, webhooks::delete_alert_webhook))
        .routes(routes!(test_webhook::test_alert_webhook))
}
