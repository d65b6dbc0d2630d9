//! HTTP/2 frame by frame, as no client of good will sends them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use e2e::process::Settings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::target::{PATIENCE, Target};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:method GET`, `:scheme https`, `:path /` of HPACK's static table, and `:authority h` spelled out.
const GET: [u8; 6] = [0x82, 0x87, 0x84, 0x41, 1, b'h'];

struct Http2(StreamOwned<ClientConnection, TcpStream>);

/// A frame that came.
struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Http2 {
    fn open(target: &Target) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(target.server.state().join("ca/ca.crt")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let tcp = TcpStream::connect(("127.0.0.1", target.server.port)).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut this = Self(StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), tcp));
        this.0.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        assert!(this.send(SETTINGS, 0, 0, &[]));
        this
    }

    /// Whether anybody still takes it.
    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        self.0.write_all(&[&head, payload].concat()).is_ok()
    }

    /// The next frame; `None`: the connection has ended.
    fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        match self.0.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) => {
                assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "it is still open");
                return None;
            }
        }
        let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
        self.0.read_exact(&mut payload).ok()?;
        Some(Frame { kind: head[3], stream: u32::from_be_bytes(head[5..9].try_into().unwrap()), payload })
    }

    /// The error with which it was ended; `None`: without a word.
    fn end(&mut self) -> Option<u32> {
        let mut code = None;
        while let Some(frame) = self.next() {
            if frame.kind == GOAWAY {
                code = Some(u32::from_be_bytes(frame.payload[4..8].try_into().unwrap()));
            }
        }
        code
    }
}

fn target() -> Target {
    let settings = Settings { arguments: vec!["--tls-generated".into()], cacert: Some("state/ca/ca.crt".into()), ..Settings::default() };
    Target::start(settings)
}

#[test]
fn requests_that_are_taken_back_at_once_cost_little() {
    let target = target();
    let mut one = Http2::open(&target);
    let mut taken = 0;
    while taken < 50_000 {
        let stream = 2 * taken + 1;
        if !one.send(HEADERS, END_HEADERS | END_STREAM, stream, &GET) || !one.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()) {
            break;
        }
        taken += 1;
        if taken % 10_000 == 0 {
            target.serves();
        }
    }
    target.is_well_within(150);
    assert!(taken < 50_000, "they were all taken");
}

#[test]
fn a_head_without_end_ends_the_connection() {
    let target = target();
    let mut one = Http2::open(&target);
    one.send(HEADERS, 0, 1, &GET);
    let more = [&[0_u8, 1, b'x', 0x7f, 0x81, 0x7e][..], &vec![b'y'; 16_000]].concat();
    let mut sent = 0;
    while sent < 10_000 && one.send(CONTINUATION, 0, 1, &more) {
        sent += 1;
    }
    assert!(sent < 10_000, "160 MB of it were taken");
    target.is_well_within(50);
}

#[test]
fn more_requests_at_once_than_are_allowed_are_refused() {
    let target = target();
    let mut one = Http2::open(&target);
    let settings = std::iter::from_fn(|| one.next()).find(|frame| frame.kind == SETTINGS && !frame.payload.is_empty()).unwrap();
    let value = |id: u16| {
        settings.payload.chunks(6).find(|one| one[..2] == id.to_be_bytes()).map(|one| u32::from_be_bytes(one[2..].try_into().unwrap()))
    };
    assert_eq!((value(3), value(6)), (Some(64), Some(32 * 1024)), "streams, and bytes of headers");
    // A POST whose body does not come: each stays open.
    let post = [0x83, 0x87, 0x44, 12, b'/', b'o', b'a', b'u', b't', b'h', b'/', b't', b'o', b'k', b'e', b'n', 0x41, 1, b'h'];
    for n in 0..70 {
        assert!(one.send(HEADERS, END_HEADERS, 2 * n + 1, &post));
    }
    let refused = std::iter::from_fn(|| one.next()).find(|frame| frame.kind == RST_STREAM || frame.kind == GOAWAY).unwrap();
    assert_eq!((refused.kind, refused.payload.as_slice()), (RST_STREAM, &7_u32.to_be_bytes()[..]), "REFUSED_STREAM");
    assert_eq!(refused.stream, 129, "the 65th");
    target.is_well_within(50);
}

#[test]
fn a_connection_that_only_pings_is_no_request() {
    let target = target();
    let mut one = Http2::open(&target);
    let mut sent = 0;
    while sent < 60 && one.send(PING, 0, 0, &[0; 8]) {
        sent += 1;
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(sent < 60, "it was open for half a minute without a request");
    one.end();
    target.is_well_within(50);
}
