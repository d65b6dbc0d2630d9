//! The dashboard's files: found, packed, cached, and under a strict policy.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use e2e::api::{Answer, TestApp};
use sqlx::MySqlPool;

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).unwrap()).await
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_page_is_asked_for_each_time_and_nothing_foreign_runs_in_it(pool: MySqlPool) {
    let app = TestApp::new(pool).await;

    let page = get(&app, "/admin/", &[]).await;
    let again = get(&app, "/admin/", &[("if-none-match", page.headers["etag"].to_str().unwrap())]).await;

    assert_eq!(
        (page.headers["cache-control"].to_str().unwrap(), page.headers["referrer-policy"].to_str().unwrap()),
        ("no-cache", "no-referrer")
    );
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("require-trusted-types-for 'script'"));
    assert_eq!((again.status, again.text().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(get(&app, "/admin", &[]).await.headers["location"], "/admin/");
}

/// Without a built dashboard the page says how to build it; then it names no file.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_file_the_page_names_is_there_packed_and_for_good(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let page = get(&app, "/admin/", &[]).await.text();
    let names: Vec<_> = page.split('"').filter(|part| part.starts_with("/admin/assets/")).collect();
    assert!(!names.is_empty() || page.contains("npm run build"), "{page}");

    for name in names {
        let plain = get(&app, name, &[]).await;
        let gzip = get(&app, name, &[("accept-encoding", "gzip")]).await;
        let brotli = get(&app, name, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(plain.headers["cache-control"], "public, max-age=31536000, immutable", "{name}");
        assert!(plain.headers.get("content-encoding").is_none() && plain.headers["vary"] == "Accept-Encoding");
        assert_eq!(
            (&gzip.headers["content-encoding"], &brotli.headers["content-encoding"]),
            (&"gzip".parse().unwrap(), &"br".parse().unwrap())
        );
        assert_eq!(plain.headers["content-type"], brotli.headers["content-type"]);
    }
    get(&app, "/admin/assets/index.html", &[]).await.expect(404, "not_found");
    get(&app, "/admin/assets/nothing.js", &[]).await.expect(404, "not_found");
}
