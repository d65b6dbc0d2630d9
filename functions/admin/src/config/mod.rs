//! The fleet's config.toml.

mod answer;
mod get_config;
mod render_config;
mod store_config;
mod versions;

use shared::routing::{Routes, routes};

/// `/admin/config*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(get_config::get_config))
        .routes(routes!(render_config::render_config))
        .routes(routes!(store_config::store_config))
        .routes(routes!(versions::list_config_versions))
        .routes(routes!(versions::get_config_version))
        .routes(routes!(versions::publish_config_version))
        .routes(routes!(versions::restore_config_version))
}
