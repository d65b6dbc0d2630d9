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
