//! Who is at the other end of a request: its address, and the client certificate somebody trustworthy has verified.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use crate::audit::Actor;
use crate::networks::Networks;

/// SHA-256 of a certificate's DER form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a certificate.
    pub fn of(der: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(der).into())
    }

    /// As 64 hex digits.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// Parses 64 hex digits, with or without colons, as `openssl x509 -fingerprint -sha256` prints them.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.trim().chars().filter(|c| *c != ':').collect();
        hex::decode(plain).ok()?.try_into().ok().map(Self)
    }
}

/// The other end of the connection, as the listener or API Gateway saw it.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Of the socket.
    pub address: IpAddr,
    /// Of the client certificate that was verified against our CA, if one was sent.
    pub certificate: Option<Fingerprint>,
}

/// The other end of the request. Behind a trusted proxy that is who the proxy speaks for.
#[derive(Clone, Debug)]
pub struct Client {
    /// IPv4-mapped addresses are IPv4 addresses here.
    pub address: IpAddr,
    /// Verified by the listener, by API Gateway, or by a trusted proxy that is configured to tell.
    pub certificate: Option<Fingerprint>,
    /// Nobody is in between: the socket's peer, and no header that says otherwise.
    pub direct: bool,
    /// Quoted in answers, log and audit.
    pub request_id: String,
}

impl Client {
    /// This client as an actor of the audit.
    pub fn actor(&self, kind: &'static str, name: &str) -> Actor {
        Actor { kind, name: name.to_owned(), address: Some(self.address), request_id: Some(self.request_id.clone()) }
    }
}

const FORWARDED_FOR: &str = "x-forwarded-for";
const REAL_IP: &str = "x-real-ip";

impl Client {
    /// Reads the headers only when `peer` is one of the `trusted` proxies; anybody else could type them.
    pub fn of(peer: Peer, headers: &HeaderMap, trusted: &Networks, cert_header: Option<&HeaderName>, request_id: String) -> Self {
        let socket = peer.address.to_canonical();
        let is_proxy = trusted.contains(socket);
        let told = cert_header.filter(|_| is_proxy).and_then(|name| Fingerprint::parse(headers.get(name)?.to_str().ok()?));
        let forwarded = [FORWARDED_FOR, REAL_IP, "forwarded"].iter().any(|name| headers.contains_key(*name));
        Self {
            address: if is_proxy { behind(socket, headers, trusted) } else { socket },
            certificate: peer.certificate.or(told),
            direct: !is_proxy && !forwarded,
            request_id,
        }
    }
}

/// The first address from the right of `X-Forwarded-For` that is not one of our proxies: what stands left of it, that
/// client may have written itself. `X-Real-IP` counts when there is no `X-Forwarded-For`.
fn behind(proxy: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    if lines.is_empty() {
        return headers.get(REAL_IP).and_then(|value| parse(value.to_str().ok()?)).unwrap_or(proxy);
    }
    let mut nearest = proxy;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = parse(hop) else { break };
        nearest = address;
        if !trusted.contains(address) {
            break;
        }
    }
    nearest
}

/// An address with or without a port, as proxies write it; no zone ids.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(socket: &str, headers: &[(&'static str, &str)]) -> String {
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let trusted = Networks::parse("10.0.0.0/8, 127.0.0.1").unwrap();
        let peer = Peer { address: socket.parse().unwrap(), certificate: None };
        Client::of(peer, &map, &trusted, None, String::new()).address.to_string()
    }

    #[test]
    fn headers_count_only_from_a_trusted_proxy() {
        for (socket, headers, expected) in [
            ("192.0.2.9", &[("x-forwarded-for", "198.51.100.1"), ("x-real-ip", "198.51.100.2")][..], "192.0.2.9"),
            ("::ffff:192.0.2.9", &[], "192.0.2.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[("x-real-ip", "198.51.100.2")], "198.51.100.2"),
            ("::ffff:10.0.0.1", &[("x-real-ip", "198.51.100.2")], "198.51.100.2"),
            ("10.0.0.1", &[("x-real-ip", "nonsense")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.7, 198.51.100.1, 10.0.0.2")], "198.51.100.1"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
            ("10.0.0.1", &[("x-forwarded-for", "198.51.100.1"), ("x-real-ip", "203.0.113.7")], "198.51.100.1"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.7, nonsense, 10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[("x-forwarded-for", "10.0.0.3")], "10.0.0.3"),
            ("10.0.0.1", &[("x-forwarded-for", "[2001:db8::1]:443")], "2001:db8::1"),
            ("10.0.0.1", &[("x-forwarded-for", "[2001:db8::1]")], "2001:db8::1"),
            ("10.0.0.1", &[("x-forwarded-for", "198.51.100.1:5000")], "198.51.100.1"),
            ("10.0.0.1", &[("x-forwarded-for", "fe80::1%eth0")], "10.0.0.1"),
        ] {
            assert_eq!(seen(socket, headers), expected, "{socket} {headers:?}");
        }
    }

    #[test]
    fn a_certificate_header_counts_only_when_configured_and_from_a_proxy() {
        let header = HeaderName::from_static("x-mtls-fingerprint");
        let map = HeaderMap::from_iter([(header.clone(), "AB".repeat(32).parse().unwrap())]);
        let trusted = Networks::parse("10.0.0.1").unwrap();
        let told = |socket: &str, name: Option<&HeaderName>| {
            Client::of(Peer { address: socket.parse().unwrap(), certificate: None }, &map, &trusted, name, String::new()).certificate
        };
        assert_eq!(told("10.0.0.1", Some(&header)), Some(Fingerprint([0xab; 32])));
        assert_eq!(told("10.0.0.1", None), None);
        assert_eq!(told("10.0.0.2", Some(&header)), None);
    }

    #[test]
    fn a_fingerprint_is_read_with_and_without_colons() {
        let colons = vec!["0a"; 32].join(":");
        assert_eq!(Fingerprint::parse(&colons), Some(Fingerprint([10; 32])));
        for bad in ["", "0a", &"0a".repeat(33), &"zz".repeat(32)] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }
}
