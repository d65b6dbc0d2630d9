//! `local-dev health`: the health check of a container that has no other client.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use shared::http::client;

/// What to ask.
#[derive(Args, Debug)]
pub struct HealthArgs {
    /// Address to ask, such as <http://127.0.0.1:8488/readyz>; well is an answer with a status from 200 to 299
    url: String,
    /// Seconds the answer may take
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

/// Why it is not well.
#[derive(Debug, thiserror::Error)]
pub enum Unwell {
    /// It answered.
    #[error("{0} answered {1}")]
    Answered(String, u16),
    /// It did not.
    #[error("{0} did not answer: {1}")]
    Silent(String, String),
}

/// Asks once. No proxy is between, whatever the environment says.
pub async fn ask(args: &HealthArgs) -> Result<(), Unwell> {
    let silent = |error: &dyn Error| Unwell::Silent(args.url.clone(), reasons(error));
    let client = client::new().no_proxy().timeout(Duration::from_secs(args.seconds));
    // A certificate names what hosts call the server, and never this machine's own address.
    let client = client.tls_danger_accept_invalid_certs(is_this_machine(&args.url)).build().map_err(|error| silent(&error))?;
    let answer = client.get(&args.url).send().await.map_err(|error| silent(&error.without_url()))?;
    if answer.status().is_success() { Ok(()) } else { Err(Unwell::Answered(args.url.clone(), answer.status().as_u16())) }
}

fn is_this_machine(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
    authority.parse().is_ok_and(|address: SocketAddr| address.ip().is_loopback())
}

/// An error and what caused it, in one line.
fn reasons(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    /// What is said of a path of a small server.
    async fn asked(path: &str) -> Result<(), Unwell> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/well", get(async || "ok"))
            .route("/unwell", get(async || StatusCode::SERVICE_UNAVAILABLE))
            .route("/elsewhere", get(async || (StatusCode::FOUND, [("location", "/well")])))
            .route("/hanging", get(std::future::pending::<()>));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let said = ask(&HealthArgs { url, seconds: 1 }).await;
        server.abort();
        said
    }

    #[tokio::test]
    async fn only_an_answer_of_success_is_well() {
        assert!(asked("/well").await.is_ok());
        assert!(matches!(asked("/unwell").await, Err(Unwell::Answered(_, 503))));
        assert!(matches!(asked("/elsewhere").await, Err(Unwell::Answered(_, 302))));
    }

    #[tokio::test]
    async fn silence_is_not_well_and_does_not_last() {
        let start = Instant::now();
        let hanging = asked("/hanging").await.unwrap_err();
        assert!(matches!(hanging, Unwell::Silent(..)) && start.elapsed() < Duration::from_secs(4), "{hanging}");
        let nobody = ask(&HealthArgs { url: "http://127.0.0.1:9/".to_owned(), seconds: 1 }).await.unwrap_err().to_string();
        assert!(nobody.contains("127.0.0.1:9/ did not answer") && nobody.contains("refused"), "{nobody}");
    }

    #[test]
    fn certificates_are_checked_but_on_this_machine() {
        for (url, expected) in [
            ("https://127.0.0.1:8488/readyz", true),
            ("https://[::1]:8488/readyz", true),
            ("https://codex.example/127.0.0.1:1", false),
            ("https://127.0.0.1.example:443/", false),
            ("https://127.0.0.1:1@codex.example/", false),
        ] {
            assert_eq!(is_this_machine(url), expected, "{url}");
        }
    }
}
