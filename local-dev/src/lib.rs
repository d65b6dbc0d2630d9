//! Every router in one process.

pub mod backup;
pub mod ca;
pub mod commands;
pub mod database;
pub mod demo;
pub mod docs;
mod greet;
pub mod health;
pub mod import;
pub mod metrics;
pub mod prepare;
pub mod reseal;
pub mod runner;
pub mod server;
pub mod settings;
pub mod setup;
pub mod signing_key;
pub mod state_dir;
pub mod telemetry;
pub mod tls;
pub mod up;

use axum::Router;
use shared::App;
use shared::routing::Routes;
use utoipa::openapi::OpenApi;

/// All routes and the document that describes them. Merging panics when two functions claim one.
pub fn api() -> (Router<App>, OpenApi) {
    let (router, mut document) = hosts().merge(admin::router()).split_for_parts();
    shared::openapi::finish(&mut document);
    (router.merge(docs::router(document.clone())), document)
}

/// The routes of a listener where nobody administers.
pub fn without_admin() -> Router<App> {
    hosts().split_for_parts().0.merge(docs::router(api().1))
}

fn hosts() -> Routes {
    Routes::new().merge(auth::router()).merge(sync::router()).merge(install::router()).merge(usage::router()).merge(mcp::router())
}
