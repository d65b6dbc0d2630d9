//! The SDK's requests go through the client that this product uses for everything else. The SDK's own would bring a second
//! one and HTTP/2 into each function, a tenth of its size.

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use axum::http::Response;

use crate::http::client;

/// Sends what the SDK has signed. How long an operation may take is the SDK's matter.
#[derive(Clone, Debug)]
pub(super) struct Connector(reqwest::Client);

impl Connector {
    pub(super) fn new() -> Self {
        Self(client::new().build().expect("TLS and roots are part of the program"))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
    let request = reqwest::Request::try_from(request).map_err(|error| ConnectorError::user(error.into()))?;
    let response = client.execute(request).await.map_err(failed)?;
    let (mut parts, ()) = Response::new(()).into_parts();
    (parts.status, parts.headers) = (response.status(), response.headers().clone());
    let body = SdkBody::from(response.bytes().await.map_err(failed)?);
    HttpResponse::try_from(Response::from_parts(parts, body)).map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK tries again what did not come through.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
