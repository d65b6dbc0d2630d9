//! The `cdx` script that this server hands out: the same bytes for every host.

use std::sync::LazyLock;

/// The script itself; `functions/install` owns it.
pub const SCRIPT: &str = include_str!("../../functions/install/cdx/cdx");

/// Lower-case hex SHA-256 of [`SCRIPT`].
pub static SHA256: LazyLock<String> = LazyLock::new(|| crate::crypto::sha256_hex(SCRIPT));

/// The version the script says it has.
pub static VERSION: LazyLock<&'static str> = LazyLock::new(|| {
    let line = SCRIPT.lines().find_map(|line| line.strip_prefix("cdx_version='"));
    line.and_then(|rest| rest.strip_suffix('\'')).expect("the script names its version")
});

#[cfg(test)]
mod tests {
    #[test]
    fn the_script_names_its_version() {
        assert!(super::VERSION.starts_with("20"));
        assert_eq!(super::SHA256.len(), 64);
    }
}
