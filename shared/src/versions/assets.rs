//! Release files by platform: names as OpenAI publishes them (`reference/codex-compat.md` j).

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::at_least;

/// How a release file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A tree with `bin/codex` and what must lie beside it.
    Package,
    /// One file.
    Binary,
}

/// A file a host may install.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Asset {
    /// Where it is.
    pub url: String,
    /// What it must hash to.
    pub sha256: String,
}

/// The release file for a platform. Linux gets the musl build: it is static and runs on every distribution.
/// From 0.143 Codex needs its siblings, so the whole package is used as soon as it exists (0.133).
pub fn name(version: &str, os: &str, arch: &str) -> Option<(String, Kind)> {
    let arch = match arch {
        "x86_64" | "amd64" => "x86_64",
        "aarch64" | "arm64" => "aarch64",
        _ => return None,
    };
    let system = match os {
        "linux" => "unknown-linux-musl",
        "darwin" => "apple-darwin",
        _ => return None,
    };
    let (prefix, kind) = if at_least(version, (0, 133, 0)) { ("codex-package", Kind::Package) } else { ("codex", Kind::Binary) };
    Some((format!("{prefix}-{arch}-{system}.tar.gz"), kind))
}

/// Whether any file of a version is known.
pub async fn known(conn: &mut MySqlConnection, version: &str) -> sqlx::Result<bool> {
    let found: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM codex_assets WHERE version = ? LIMIT 1").bind(version).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// Where a host gets a file: upstream, or the same file in the operator's mirror. What it must hash to stays upstream's.
pub fn place(mirror: Option<&str>, version: &str, name: &str, upstream: &str) -> String {
    mirror.map_or_else(|| upstream.to_owned(), |base| format!("{base}/rust-v{version}/{name}"))
}

/// Looks a file up.
pub async fn find(conn: &mut MySqlConnection, version: &str, name: &str) -> sqlx::Result<Option<Asset>> {
    sqlx::query_as("SELECT url, sha256 FROM codex_assets WHERE version = ? AND name = ?")
        .bind(version)
        .bind(name)
        .fetch_optional(conn)
        .await
}

/// Remembers a file.
pub async fn put(conn: &mut MySqlConnection, now: DateTime<Utc>, version: &str, name: &str, asset: &Asset) -> sqlx::Result<()> {
    let sql = "INSERT INTO codex_assets (version, name, url, sha256, created_at) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE url = VALUES(url), sha256 = VALUES(sha256)";
    sqlx::query(sql).bind(version).bind(name).bind(&asset.url).bind(&asset.sha256).bind(now).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_has_the_same_layout_as_upstream() {
        let upstream = "https://github.com/openai/codex/releases/download/rust-v0.169.0/a.tar.gz";
        assert_eq!(place(None, "0.169.0", "a.tar.gz", upstream), upstream);
        assert_eq!(
            place(Some("https://m.example/codex"), "0.169.0", "a.tar.gz", upstream),
            "https://m.example/codex/rust-v0.169.0/a.tar.gz"
        );
    }

    #[test]
    fn every_platform_has_its_file() {
        let table = [
            ("0.80.0", "linux", "x86_64", Some(("codex-x86_64-unknown-linux-musl.tar.gz", Kind::Binary))),
            ("0.169.0", "linux", "arm64", Some(("codex-package-aarch64-unknown-linux-musl.tar.gz", Kind::Package))),
            ("0.169.0", "darwin", "aarch64", Some(("codex-package-aarch64-apple-darwin.tar.gz", Kind::Package))),
            ("0.169.0", "plan9", "x86_64", None),
            ("0.169.0", "linux", "riscv64", None),
        ];
        for (version, os, arch, expected) in table {
            assert_eq!(name(version, os, arch), expected.map(|(n, k)| (n.to_owned(), k)));
        }
    }
}
