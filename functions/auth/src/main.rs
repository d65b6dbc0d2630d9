//! Serves the `auth` routes on Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(auth::router().into()).await
}
