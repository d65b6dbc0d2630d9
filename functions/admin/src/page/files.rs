//! The files themselves, as `build.rs` found them, and which form of one a browser takes.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::GzDecoder;

/// One file of the dashboard, packed where `npm run build` packed it, and then not as it was.
#[derive(Debug)]
pub struct File {
    /// Its name, without a folder.
    pub name: &'static str,
    /// Its `ETag`.
    pub tag: &'static str,
    plain: &'static [u8],
    packed: Option<Packed>,
}

#[derive(Debug)]
struct Packed {
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A packed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// As headers have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// Finds a file by its name.
pub fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

impl File {
    /// Its media type.
    pub fn kind(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }

    /// The smallest form that this `Accept-Encoding` takes. Browsers take a packed one; for what does not, it is unpacked.
    pub fn form(&self, accepted: &str) -> (Option<Encoding>, Cow<'static, [u8]>) {
        match &self.packed {
            None => (None, self.plain.into()),
            Some(packed) if accepts(accepted, Encoding::Brotli.name()) => (Some(Encoding::Brotli), packed.brotli.into()),
            Some(packed) if accepts(accepted, Encoding::Gzip.name()) => (Some(Encoding::Gzip), packed.gzip.into()),
            Some(packed) => (None, unpacked(packed.gzip).into()),
        }
    }
}

fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut bytes).expect("the build of the dashboard packed it");
    bytes
}

/// Whether `Accept-Encoding` names this encoding and does not refuse it with a weight of nothing.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "plain", by gzip(1).
    const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x2b, 0xc8, 0x49, 0xcc, 0xcc, 3, 0, 0xcf, 0x62, 0x20, 0x19, 5, 0, 0, 0];

    const FILE: File = File { name: "a.js", tag: "W/\"1\"", plain: b"plain", packed: None };

    #[test]
    fn the_smallest_form_that_is_taken() {
        let file = File { plain: b"", packed: Some(Packed { brotli: b"b", gzip: GZIP }), ..FILE };
        let cases = [
            ("gzip, deflate, br, zstd", Some(Encoding::Brotli), &b"b"[..]),
            ("gzip;q=1.0, BR;q=0.5", Some(Encoding::Brotli), b"b"),
            ("br;q=0, gzip", Some(Encoding::Gzip), GZIP),
            ("br; q=0.000, gzip; q=0", None, b"plain"),
            ("identity", None, b"plain"),
            ("", None, b"plain"),
        ];
        for (accepted, encoding, bytes) in cases {
            assert_eq!(file.form(accepted), (encoding, bytes.into()), "{accepted}");
        }
    }

    #[test]
    fn what_was_not_packed_goes_as_it_is() {
        assert_eq!(FILE.form("br, gzip"), (None, b"plain"[..].into()));
    }

    #[test]
    fn there_is_always_a_page() {
        assert!(find("index.html").is_some_and(|index| index.kind().starts_with("text/html") && !index.form("").1.is_empty()));
    }
}
