//! The dashboard at `/admin/`: the files that `admin-static` builds, held by the program, under a strict policy.

mod files;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use shared::AppError;
use shared::routing::Routes;

use files::{Encoding, File, find};

/// Nothing from elsewhere, no inline script or style, and strings become markup nowhere but in Svelte's own templates.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; \
    base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// The dashboard's files. They are not part of the API document.
pub fn router() -> Routes {
    let files = Router::new()
        .route("/admin", get(async || Redirect::permanent("/admin/")))
        .route("/admin/", get(get_index))
        .route("/admin/assets/{file}", get(get_asset));
    files.into()
}

/// The page. Browsers ask each time whether it is still this one; the names in it change with what they name.
async fn get_index(headers: HeaderMap) -> Response {
    let index = find("index.html").expect("build.rs always writes it");
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (policy, answer(index, &headers, "no-cache")).into_response()
}

/// A script, a style sheet or an icon. Its name holds a hash of its content, so it never changes.
async fn get_asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let file = find(&name).filter(|file| file.name != "index.html").ok_or(AppError::NotFound("file"))?;
    Ok(answer(file, &headers, "public, max-age=31536000, immutable"))
}

fn answer(file: &'static File, headers: &HeaderMap, caching: &'static str) -> Response {
    let always = [(header::CACHE_CONTROL, caching), (header::ETAG, file.tag), (header::VARY, "Accept-Encoding")];
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|sent| sent.to_str().is_ok_and(|sent| sent.contains(file.tag))) {
        return (StatusCode::NOT_MODIFIED, always).into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    let (encoding, bytes) = file.form(accepted);
    let mut response = (always, [(header::CONTENT_TYPE, file.kind())], bytes).into_response();
    if let Some(name) = encoding.map(Encoding::name) {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(name));
    }
    response
}
