//! Whether certificates that somebody brings can be used: the key fits, the names are there, the time has not run out.

use std::path::Path;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, RootCertStore};
use shared::clock::Clock;

use super::answers::Pem;
use super::ask::Checked;
use super::doors;
use crate::tls::certificates;

/// A certificate that ends sooner is worth a word.
const SOON: Duration = Duration::from_hours(14 * 24);

/// Why a pair of files cannot serve these addresses.
pub fn check(pem: &Pem, urls: [&str; 2]) -> Result<(), String> {
    let chain = certificates(&pem.certificate).map_err(|error| error.to_string())?;
    let shown = pem.certificate.display();
    fits(&chain, &pem.key)?;
    let parsed = ParsedCertificate::try_from(&chain[0]).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    for host in urls.map(doors::host) {
        let name = ServerName::try_from(host).map_err(|_| format!("no certificate can be for \"{host}\""))?;
        verify_server_name(&parsed, &name).map_err(|_| format!("{shown} is not for {host}: get one whose names (SAN) have it"))?;
    }
    in_time(&parsed, now()).map_err(|why| format!("{shown} {why}"))?;
    if in_time(&parsed, UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs()) + SOON)).is_err() {
        eprintln!("  {shown} ends within two weeks: get the next one soon");
    }
    Ok(())
}

fn fits(chain: &[CertificateDer<'static>], key: &Path) -> Result<(), String> {
    let shown = key.display();
    let read = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{shown} is no key that can be used: {error}"))?;
    match CertifiedKey::from_der(chain.to_vec(), read, &ring::default_provider()) {
        Ok(_) => Ok(()),
        Err(Error::InconsistentKeys(_)) => Err(format!("{shown} is not the key of this certificate: give the one it was made for")),
        Err(error) => Err(format!("{shown} cannot be used: {error}")),
    }
}

/// Time and purpose are looked at before anybody's signature, so the error for a CA that is unknown here means that they are right.
fn in_time(certificate: &ParsedCertificate<'_>, at: UnixTime) -> Result<(), &'static str> {
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    match verify_server_cert_signed_by_trust_anchor(certificate, &RootCertStore::empty(), &[], at, algorithms) {
        Err(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            Err("has expired: get a new one")
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })) => {
            Err("is not valid yet: check this machine's clock")
        }
        Err(Error::InvalidCertificate(CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. })) => {
            Err("is not for servers: get one that is")
        }
        _ => Ok(()),
    }
}

/// A file of CA certificates; nothing is an answer too.
pub fn check_ca(text: &str) -> Checked {
    let path = text.trim();
    if path.is_empty() {
        return Ok(String::new());
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates(Path::new(path)).map_err(|error| error.to_string())? {
        roots.add(certificate).map_err(|error| format!("{path} holds something that is no CA certificate: {error}"))?;
    }
    Ok(path.to_owned())
}

fn now() -> UnixTime {
    let seconds = Clock::System.now().timestamp();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.unsigned_abs()))
}
