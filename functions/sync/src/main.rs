//! Serves the `sync` routes on Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(sync::router().into()).await
}
