//! Installers, seed links and `cdx` itself.

mod get_install;
mod get_seed;
mod post_seed;
mod script;
mod wrapper;

use shared::routing::{Routes, routes};

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(get_install::get_install))
        .routes(routes!(get_seed::get_seed, post_seed::post_seed))
        .routes(routes!(wrapper::get_wrapper))
        .routes(routes!(wrapper::get_wrapper_download))
}
