//! PKCS#12: the one form that browsers and key stores of operating systems import.

use std::fs;
use std::path::Path;

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use shared::random;

use super::CaError;

/// The key with its certificate and the CA's, and the password that opens it.
pub(super) fn pkcs12(name: &str, key: &KeyPair, certificate: &rcgen::Certificate, ca: &Path) -> Result<(Vec<u8>, String), CaError> {
    let damaged = |error: String| CaError::Damaged(ca.to_owned(), error);
    let ca_text = fs::read(ca).map_err(|error| damaged(error.to_string()))?;
    let ca_der = CertificateDer::from_pem_slice(&ca_text).map_err(|error| damaged(error.to_string()))?;
    let chain = [Certificate::from_der(certificate.der())?, Certificate::from_der(&ca_der)?];
    let key = PrivateKey::from_der(&key.serialize_der())?;
    let mut store = KeyStore::new();
    store.add_entry(name, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(name, key, chain)));
    // To be typed once into an import dialogue: 80 bits.
    let password = hex::encode(random::bytes::<10>());
    Ok((store.writer(&password).write()?, password))
}
