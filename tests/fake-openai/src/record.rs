//! Writes down every request that is not addressed to the fake itself.

use std::sync::Arc;

use axum::{
    extract::{Request, State as Shared},
    http::header,
    middleware::Next,
    response::Response,
};

use crate::{
    bearer::{account_header, bearer, text},
    faults::Dropped,
    server::Fake,
    state::Seen,
};

/// Middleware; the entry appears when the answer is known.
pub async fn record(Shared(fake): Shared<Arc<Fake>>, request: Request, next: Next) -> Response {
    let mut seen = describe(&fake, &request);
    let answer = next.run(request).await;
    if answer.extensions().get::<Dropped>().is_none() {
        seen.status = Some(answer.status().as_u16());
    }
    tracing::info!(method = seen.method, path = seen.path, status = seen.status, family = ?seen.family, "request");
    fake.state().requests.push(seen);
    answer
}

fn describe(fake: &Fake, request: &Request) -> Seen {
    let headers = request.headers();
    let state = fake.state();
    let token = bearer(headers).and_then(|bearer| state.families.access_tokens.get(bearer));
    Seen {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().map(str::to_owned),
        status: None,
        user_agent: text(headers, header::USER_AGENT.as_str()).map(str::to_owned),
        account_header: account_header(headers).map(str::to_owned),
        family: token.map(|token| token.family.clone()),
        jti: token.map(|token| token.jti.clone()),
    }
}
