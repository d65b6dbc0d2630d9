//! Serving a router on Lambda, behind API Gateway.

use axum::Router;
use lambda_http::request::RequestContext;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::client::{Fingerprint, Peer};
use crate::config::{AdminAccess, Config, ConfigError};
use crate::{App, http};

/// Runs `router` until the sandbox ends.
pub async fn serve(router: Router<App>) -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let config = Config::from_env()?;
    if config.admin_access == AdminAccess::Open {
        return Err(
            ConfigError::Bad("ADMIN_ACCESS_MODE", "\"none\" is for one machine, not for Lambda: use token or mtls".to_owned()).into()
        );
    }
    lambda_http::run(http::service(router, App::new(config)?)).await
}

/// Who API Gateway saw, and the client certificate it verified.
pub fn peer(context: &RequestContext) -> Option<Peer> {
    let RequestContext::ApiGatewayV2(context) = context else { return None };
    let address = context.http.source_ip.as_deref()?.parse().ok()?;
    let pem = context.authentication.as_ref().and_then(|a| a.client_cert.as_ref()?.client_cert_pem.as_deref());
    let certificate = pem.and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok()).map(|der| Fingerprint::of(&der));
    Some(Peer { address, certificate })
}
