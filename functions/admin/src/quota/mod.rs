//! The ChatGPT quota: what is left of it, and what becomes of hosts when nothing is.

mod cdx_silent;
mod get_usage;
mod history;
mod mode;
mod refresh;
mod snapshot;
mod values;

pub use snapshot::{ChatGptUsageAnswer, answer};

use shared::routing::{Routes, routes};

/// `/admin/chatgpt/*`, `/admin/quota-mode` and `/admin/cdx-silent`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(mode::get_quota_mode, mode::set_quota_mode))
        .routes(routes!(cdx_silent::get_cdx_silent, cdx_silent::set_cdx_silent))
        .routes(routes!(get_usage::get_chatgpt_usage))
        .routes(routes!(refresh::refresh_chatgpt_usage))
        .routes(routes!(history::get_chatgpt_usage_history))
}
