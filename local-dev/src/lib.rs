//! Every router in one process.

pub mod commands;
pub mod database;
pub mod demo;
pub mod docs;
pub mod health;
pub mod prepare;
pub mod runner;
pub mod server;
pub mod settings;
pub mod state_dir;
pub mod tls;
pub mod up;

use axum::Router;
use shared::App;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// All routes and the document that describes them. Merging panics when two functions claim one.
pub fn api() -> (Router<App>, OpenApi) {
    let all = OpenApiRouter::new()
        .merge(auth::router())
        .merge(sync::router())
        .merge(install::router())
        .merge(usage::router())
        .merge(admin::router())
        .merge(mcp::router());
    let (router, mut document) = all.split_for_parts();
    shared::openapi::finish(&mut document);
    (router.merge(docs::router(document.clone())), document)
}
