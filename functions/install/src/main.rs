//! Serves the `install` routes on Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(install::router().into()).await
}
