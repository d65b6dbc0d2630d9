//! Serving a router on Lambda, behind API Gateway.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use lambda_http::request::RequestContext;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::client::{Fingerprint, Peer};
use crate::config::{AdminAccess, Config, ConfigError, variable};
use crate::forwarder::Forwarder;
use crate::secrets::{Renewal, Vault};
use crate::{App, http};

/// Runs `router` until the sandbox ends.
pub async fn serve(router: Router<App>) -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let (app, renewal) = start().await?;
    if app.config.admin_access == AdminAccess::Open {
        return Err(
            ConfigError::Bad("ADMIN_ACCESS_MODE", "\"none\" is for one machine, not for Lambda: use token or mtls".to_owned()).into()
        );
    }
    let mut service = http::service(router, app);
    if let Some(renewal) = renewal {
        service = service.layer(middleware::from_fn_with_state(Arc::new(renewal), with_todays_login));
    }
    lambda_http::run(service).await
}

/// What the environment says, and what it names in Secrets Manager. A variable that is set goes first.
pub async fn start() -> Result<(App, Option<Renewal>), lambda_http::Error> {
    let vault = Vault::from_lookup(variable)?;
    let secrets = match &vault {
        Some(vault) => vault.variables().await?,
        None => HashMap::new(),
    };
    let app = App::new(Config::from_lookup(|name| variable(name).or_else(|| secrets.get(name).cloned()))?)?;
    let forwarder = Forwarder::of(&app.db)?;
    Ok((app.clone(), vault.map(|vault| Renewal::new(vault, app, forwarder))))
}

async fn with_todays_login(State(renewal): State<Arc<Renewal>>, request: Request, next: Next) -> Response {
    renewal.tend().await;
    let is_health = request.uri().path() == "/readyz";
    let response = next.run(request).await;
    // Not the 503 of the kill switch.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR || (is_health && !response.status().is_success()) {
        renewal.suspect();
    }
    response
}

/// Who API Gateway saw, and the client certificate it verified.
pub fn peer(context: &RequestContext) -> Option<Peer> {
    let RequestContext::ApiGatewayV2(context) = context else { return None };
    let address = context.http.source_ip.as_deref()?.parse().ok()?;
    let pem = context.authentication.as_ref().and_then(|a| a.client_cert.as_ref()?.client_cert_pem.as_deref());
    let certificate = pem.and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok()).map(|der| Fingerprint::of(&der));
    Some(Peer { address, certificate })
}

#[cfg(test)]
mod tests {
    use lambda_http::RequestExt;

    use super::*;

    /// As API Gateway sends it (payload 2.0); `authentication` is there with mutual TLS.
    fn event(authentication: &str) -> lambda_http::Request {
        let event = format!(
            r#"{{"version":"2.0","routeKey":"$default","rawPath":"/admin/hosts","rawQueryString":"","headers":{{"x-forwarded-for":"203.0.113.9"}},
            "requestContext":{{"accountId":"1","apiId":"a","domainName":"c.example","domainPrefix":"c","requestId":"r","routeKey":"$default",
            "stage":"$default","time":"24/Nov/2026:12:00:00 +0000","timeEpoch":1795521600000,{authentication}
            "http":{{"method":"GET","path":"/admin/hosts","protocol":"HTTP/1.1","sourceIp":"198.51.100.7","userAgent":"curl"}}}},
            "isBase64Encoded":false}}"#
        );
        lambda_http::request::from_str(&event).unwrap()
    }

    #[test]
    fn the_peer_is_whom_api_gateway_saw_and_verified() {
        let plain = peer(&event("").request_context()).unwrap();
        assert_eq!((plain.address.to_string().as_str(), plain.certificate), ("198.51.100.7", None));
        let pem = r"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----";
        let validity = r#"{"notBefore":"May 28 12:30:02 2026 GMT","notAfter":"Aug  5 09:36:04 2027 GMT"}"#;
        let shown = format!(
            r#""authentication":{{"clientCert":{{"clientCertPem":"{pem}","subjectDN":"CN=ada","issuerDN":"CN=ca","serialNumber":"1","validity":{validity}}}}},"#
        );
        let verified = peer(&event(&shown).request_context()).unwrap();
        assert_eq!(verified.certificate, Some(Fingerprint::of(&[0x30, 0x00])));
    }
}
