//! What the environment says about MCP.

use super::origin;

/// `MCP_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpConfig {
    /// `MCP_ALLOWED_ORIGINS`, comma-separated, beside that of `PUBLIC_BASE_URL`: pages of these may call `/mcp`. Normalised.
    pub origins: Vec<String>,
    /// `MCP_FILE_MAX_BYTES`, default 1 MiB, up to 2 MiB: the largest file.
    pub file_bytes: usize,
    /// `MCP_FILES_MAX_BYTES`, default 64 MiB: all files of a host together.
    pub host_bytes: u64,
    /// The process may stop between two requests, as on Lambda: the log is written before the answer.
    pub writes_log_first: bool,
}

/// The largest that [`McpConfig::file_bytes`] can be: as base64 it still fits into one request.
pub const MOST_FILE_BYTES: i64 = 2 * 1024 * 1024;

impl McpConfig {
    /// From the values of the variables; the error names the variable and says what is wrong.
    pub fn new(
        base_url: &str,
        origins: Option<&str>,
        file_bytes: i64,
        host_bytes: i64,
        writes_log_first: bool,
    ) -> Result<Self, (&'static str, String)> {
        let mut allowed: Vec<_> = origin::of_url(base_url).into_iter().collect();
        for text in origins.unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let Some(origin) = origin::normalise(text) else {
                return Err(("MCP_ALLOWED_ORIGINS", format!("\"{text}\" is not like https://tools.example.com")));
            };
            allowed.push(origin);
        }
        if !(1..=MOST_FILE_BYTES).contains(&file_bytes) {
            return Err(("MCP_FILE_MAX_BYTES", format!("{file_bytes} is not from 1 to {MOST_FILE_BYTES}")));
        }
        Ok(Self {
            origins: allowed,
            file_bytes: usize::try_from(file_bytes).unwrap_or_default(),
            host_bytes: host_bytes.max(0).unsigned_abs(),
            writes_log_first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_named() {
        let read = |origins: &str, bytes| McpConfig::new("https://c.example/x", Some(origins), bytes, 5, false);
        assert_eq!(
            read("http://a.example:80, HTTPS://B.example", 1).unwrap().origins,
            ["https://c.example", "http://a.example", "https://b.example"]
        );
        assert_eq!(read("a.example", 1).unwrap_err().0, "MCP_ALLOWED_ORIGINS");
        assert_eq!(read("null", 1).unwrap_err().0, "MCP_ALLOWED_ORIGINS");
        assert_eq!(read("", 0).unwrap_err().0, "MCP_FILE_MAX_BYTES");
        assert_eq!(read("", MOST_FILE_BYTES + 1).unwrap_err().0, "MCP_FILE_MAX_BYTES");
    }
}
