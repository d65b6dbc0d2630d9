//! The server's own certificate: for the names it is reached by, renewed before it ends.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SerialNumber};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

use super::{Authority, CaError, SERVER, serial, valid};

/// The longest that every client accepts: Apple's limit for certificates of private authorities is 825 days.
const DAYS: i64 = 397;
/// How long before its end a certificate is renewed.
const AHEAD: TimeDelta = TimeDelta::days(30);

/// The host of each address, without doubles, and this machine's own names.
pub fn names_of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let hosts = urls.into_iter().map(host).filter(|host| !host.is_empty()).chain(["localhost", "127.0.0.1", "::1"]);
    for name in hosts {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_ascii_lowercase());
        }
    }
    names
}

/// The host name of an address, without its port: `codex.example.com` of `https://codex.example.com:8488/codex`.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

impl Authority {
    /// Sees that `server.crt` is for all of `names` and counts for a while; `true`: it was made anew.
    pub fn ensure_server(&self, names: &[String]) -> Result<bool, CaError> {
        let has_key = self.path(SERVER.1).exists();
        if has_key && serves(&self.path(SERVER.0), names, self.clock.now()) {
            return Ok(false);
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name.push(DnType::CommonName, names.first().map_or("localhost", String::as_str));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.serial_number = Some(SerialNumber::from(serial()));
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = valid(self.clock.now(), DAYS);
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        self.write(SERVER.1, &key.serialize_pem())?;
        self.write(SERVER.0, &certificate)?;
        Ok(true)
    }
}

/// Whether a certificate file is for all of `names`, and for longer than it takes to renew it.
fn serves(path: &Path, names: &[String], now: DateTime<Utc>) -> bool {
    let Ok(text) = std::fs::read(path) else { return false };
    let Ok((_, pem)) = parse_x509_pem(&text) else { return false };
    let Ok(certificate) = pem.parse_x509() else { return false };
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else { return false };
    let has = |name: &String| alternatives.value.general_names.iter().any(|one| is(one, name));
    certificate.validity().not_after.timestamp() > (now + AHEAD).timestamp() && names.iter().all(has)
}

fn is(one: &GeneralName<'_>, name: &str) -> bool {
    match (one, name.parse::<IpAddr>()) {
        (GeneralName::IPAddress(raw), Ok(IpAddr::V4(v4))) => *raw == v4.octets(),
        (GeneralName::IPAddress(raw), Ok(IpAddr::V6(v6))) => *raw == v6.octets(),
        (GeneralName::DNSName(dns), Err(_)) => dns.eq_ignore_ascii_case(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::names_of;

    #[test]
    fn the_names_are_those_of_its_addresses_and_of_this_machine() {
        let urls = ["https://Codex.example.com:8488/x", "https://codex.example.com", "https://[2001:db8::1]:1", "https://192.0.2.7"];
        let names = names_of(urls);
        assert_eq!(names, ["codex.example.com", "2001:db8::1", "192.0.2.7", "localhost", "127.0.0.1", "::1"]);
    }
}
