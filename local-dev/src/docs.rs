//! The API document, and a page that shows it with files of our own only.

use axum::http::{HeaderValue, header};
use axum::{Router, middleware};
use shared::App;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// Swagger UI sets styles from script; nothing comes from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `/openapi.json` and `/docs`.
pub fn router(document: OpenApi) -> Router<App> {
    let config = utoipa_swagger_ui::Config::default().validator_url("none").persist_authorization(false);
    let ui: Router<App> = SwaggerUi::new("/docs").url("/openapi.json", document).config(config).into();
    ui.layer(middleware::map_response(async |mut response: axum::response::Response| {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        response
    }))
}
