//! The page at `/admin/`: three static files and a strict policy.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use shared::App;
use utoipa_axum::router::OpenApiRouter;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], content)
}

/// The page's files. They are not part of the API document.
pub fn router() -> OpenApiRouter<App> {
    let files = Router::new()
        .route("/admin", get(async || Redirect::permanent("/admin/")))
        .route("/admin/", get(async || file("text/html; charset=utf-8", include_str!("../static/index.html"))))
        .route("/admin/assets/admin.js", get(async || file("text/javascript; charset=utf-8", include_str!("../static/admin.js"))))
        .route("/admin/assets/admin.css", get(async || file("text/css; charset=utf-8", include_str!("../static/admin.css"))));
    files.into()
}
