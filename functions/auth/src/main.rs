//! Serves the `auth` routes on Lambda.

use shared::{App, config::Config, http};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let app = App::new(Config::from_env()?)?;
    lambda_http::run(http::service(auth::router().into(), app)).await
}
