//! The fleet's login.

mod exposure;
mod generations;
mod get_auth;
mod refresh_mode;
mod reveal;
mod rotate_now;
mod seed_command;
mod upload;

use shared::routing::{Routes, routes};

/// `/admin/auth/*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(get_auth::get_auth))
        .routes(routes!(exposure::get_exposure))
        .routes(routes!(generations::list_generations))
        .routes(routes!(rotate_now::rotate_now))
        .routes(routes!(refresh_mode::set_refresh_mode))
        .routes(routes!(upload::upload_auth))
        .routes(routes!(seed_command::create_seed_command))
        .routes(routes!(reveal::reveal_auth))
}
