//! Every router in one process.

pub mod database;
pub mod health;
pub mod prepare;
pub mod server;
pub mod state_dir;
pub mod up;

use shared::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes. Merging panics when two functions claim one.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(auth::router()).merge(sync::router()).merge(install::router()).merge(admin::router()).merge(health::router())
}
