//! Serves the `admin` routes on Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(admin::router().into()).await
}
