//! The files themselves, as `build.rs` found them, and which form of one a browser takes.

/// One file of the dashboard.
#[derive(Debug)]
pub struct File {
    /// Its name, without a folder.
    pub name: &'static str,
    /// Its `ETag`.
    pub tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
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

    /// The smallest form that this `Accept-Encoding` takes.
    pub fn packed(&self, accepted: &str) -> (Option<Encoding>, &'static [u8]) {
        let forms = [(Encoding::Brotli, self.brotli), (Encoding::Gzip, self.gzip)];
        let taken =
            forms.into_iter().find_map(|(encoding, bytes)| bytes.filter(|_| accepts(accepted, encoding.name())).map(|b| (encoding, b)));
        taken.map_or((None, self.plain), |(encoding, bytes)| (Some(encoding), bytes))
    }
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

    const FILE: File = File { name: "a.js", tag: "W/\"1\"", plain: b"plain", brotli: Some(b"b"), gzip: Some(b"g") };

    #[test]
    fn the_smallest_form_that_is_taken() {
        let cases = [
            ("gzip, deflate, br, zstd", Some(Encoding::Brotli)),
            ("gzip;q=1.0, BR;q=0.5", Some(Encoding::Brotli)),
            ("br;q=0, gzip", Some(Encoding::Gzip)),
            ("br; q=0.000, gzip; q=0", None),
            ("identity", None),
            ("", None),
        ];
        for (accepted, expected) in cases {
            assert_eq!(FILE.packed(accepted).0, expected, "{accepted}");
        }
    }

    #[test]
    fn what_was_not_packed_goes_as_it_is() {
        let file = File { brotli: None, gzip: None, ..FILE };

        assert_eq!(file.packed("br, gzip"), (None, &b"plain"[..]));
    }

    #[test]
    fn there_is_always_a_page() {
        assert!(find("index.html").is_some_and(|index| index.kind().starts_with("text/html") && !index.plain.is_empty()));
    }
}
