use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::access::{Certificate, Role};
use shared::client::Fingerprint;
use shared::extract::{Json, Owner, Path};
use shared::{App, AppError, AppResult, http};

use super::new_principal;
use super::tokens::RevokedPrincipal;

/// The certificates that administer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Certificates {
    certificates: Vec<Certificate>,
}

/// A certificate to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewCertificate {
    /// Who or what it is for; the audit names it.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[ \\t\\r\\n]*[^ \\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$"
    )]
    name: String,
    role: Role,
    /// What `openssl x509 -noout -fingerprint -sha256` prints after the `=`.
    #[schema(pattern = "^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")]
    fingerprint: String,
    /// It ends after so many days, at most 3650; absent: with the certificate itself.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

/// The certificate that was registered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreatedCertificate {
    id: u64,
}

/// List the certificates that administer, newest first.
#[utoipa::path(get, path = "/admin/access/certificates", responses((status = 200, body = http::Envelope<Certificates>)))]
pub async fn list_certificates(_who: Owner, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(Certificates { certificates: Certificate::list(&app).await? }))
}

/// Let a client certificate administer. It must also be signed by the CA that the listener trusts.
#[utoipa::path(post, path = "/admin/access/certificates", request_body = NewCertificate,
    responses((status = 200, body = http::Envelope<CreatedCertificate>), (status = 409)))]
pub async fn create_certificate(
    Owner(who): Owner,
    State(app): State<App>,
    Json(body): Json<NewCertificate>,
) -> AppResult<impl IntoResponse> {
    let name = new_principal::name(&body.name)?;
    let fingerprint = Fingerprint::parse(&body.fingerprint)
        .ok_or_else(|| AppError::invalid("fingerprint", "fingerprint must be the SHA-256 of the certificate: 64 hex digits"))?;
    let expires_at = new_principal::end(app.clock.now(), body.expires_in_days)?;
    let id = Certificate::register(&app, &who.by, &name, body.role, fingerprint, expires_at).await?;
    Ok(http::ok(CreatedCertificate { id }))
}

/// Stop a certificate from administering. The last owner stays.
#[utoipa::path(delete, path = "/admin/access/certificates/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<RevokedPrincipal>), (status = 409)))]
pub async fn revoke_certificate(Owner(who): Owner, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    Certificate::revoke(&app, &who, id).await?;
    Ok(http::ok(RevokedPrincipal { revoked: id }))
}
