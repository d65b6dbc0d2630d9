//! Serves the `mcp` routes on Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(mcp::router().into()).await
}
