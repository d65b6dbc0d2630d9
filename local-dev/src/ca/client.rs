//! Certificates of administrators.

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SerialNumber};
use shared::client::Fingerprint;

use super::pkcs12::pkcs12;
use super::{Authority, CaError, Issued, serial, valid};

/// What a person gets: for browsers and for programs. It holds the key, so it is never printed.
pub struct Bundle {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: String,
    /// Both and the CA's, PKCS#12.
    pub pkcs12: Vec<u8>,
    /// What opens the PKCS#12 form.
    pub password: String,
    /// What the server knows it by.
    pub fingerprint: Fingerprint,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bundle(…)")
    }
}

/// A name that can be the subject of a certificate and the name of a file.
pub fn check_name(name: &str) -> Result<(), CaError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._@-".contains(&b);
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if begins && name.len() <= 64 && name.bytes().all(plain) { Ok(()) } else { Err(CaError::Name(name.to_owned())) }
}

impl Authority {
    /// Issues a certificate to `name` for so many days. One that the name has goes on counting.
    pub fn issue(&self, name: &str, days: u16) -> Result<Bundle, CaError> {
        check_name(name)?;
        let (key, serial, now) = (KeyPair::generate()?, serial(), self.clock.now());
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from(serial.clone()));
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = valid(now, i64::from(days));
        let certificate = params.signed_by(&key, &self.issuer)?;
        let (fingerprint, expires_at) = (Fingerprint::of(certificate.der()), now + TimeDelta::days(i64::from(days)));
        let mut all = self.issued()?;
        let (serial, shown) = (hex::encode(serial), fingerprint.to_hex());
        all.push(Issued { name: name.to_owned(), serial, fingerprint: shown, expires_at, revoked_at: None });
        self.keep(&all)?;
        let (pkcs12, password) = pkcs12(name, &key, &certificate, &self.path(super::CERTIFICATE))?;
        Ok(Bundle { certificate: certificate.pem(), key: key.serialize_pem(), pkcs12, password, fingerprint, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_can_be_a_file() {
        for good in ["ada", "ada.lovelace@example.com", "ci-1", "A_b"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "../ada", "-rf", "a b", "a/b", "a\nb", "ä", &"a".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
