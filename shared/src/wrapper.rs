//! The `cdx` script that this server hands out: the same bytes for every host, and, for a host whose `cdx` is another
//! server's and has the host's settings in itself, the same script with those settings.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::App;
use crate::hosts::Host;
use crate::shell::bake;
use crate::signing::Signer;

/// The script itself; `functions/install` owns it.
pub const SCRIPT: &str = include_str!("../../functions/install/cdx/cdx");

/// Lower-case hex SHA-256 of [`SCRIPT`].
pub static SHA256: LazyLock<String> = LazyLock::new(|| crate::crypto::sha256_hex(SCRIPT));

/// The version the script says it has.
pub static VERSION: LazyLock<&'static str> = LazyLock::new(|| {
    let line = SCRIPT.lines().find_map(|line| line.strip_prefix("cdx_version='"));
    line.and_then(|rest| rest.strip_suffix('\'')).expect("the script names its version")
});

/// Where a host gets the script with its settings.
pub const TAKE_OVER_URL: &str = "/wrapper/download?settings=1";

/// The last line of the script: everything before it is functions.
const START: &str = "main \"$@\"\n";

/// The script without its last line, and the hash so far: what follows is a host's own and short.
static FUNCTIONS: LazyLock<(&str, Sha256)> = LazyLock::new(|| {
    let functions = SCRIPT.strip_suffix(START).expect("the script ends with its start");
    (functions, Sha256::new_with_prefix(functions))
});

/// The script with the settings of one host in it. It writes them into `host.conf` at its first run, and is replaced by [`SCRIPT`]
/// as any old one is.
#[derive(Clone)]
pub struct TakeOver {
    own: String,
}

impl TakeOver {
    /// For the holder of `key`, in its own words.
    pub fn new(app: &App, host: &Host, key: &str, signer: &Signer) -> Self {
        let flag = |on: bool| if on { "1" } else { "0" };
        let own = bake(
            include_str!("../../functions/install/scripts/take-over.sh"),
            &[
                ("__CDX_BASE__", &app.config.public_base_url),
                ("__CDX_KEY__", key),
                ("__CDX_FQDN__", &host.fqdn),
                ("__CDX_INSTALLATION__", &app.config.installation_id),
                ("__CDX_IPV4__", flag(host.force_ipv4)),
                ("__CDX_INSECURE_TLS__", flag(host.curl_insecure)),
                ("__CDX_SIGNER__", &signer.baked()),
            ],
        );
        Self { own }
    }

    /// Lower-case hex SHA-256 of its bytes.
    pub fn sha256(&self) -> String {
        hex::encode(FUNCTIONS.1.clone().chain_update(&self.own).finalize())
    }

    /// Its bytes.
    pub fn script(&self) -> String {
        format!("{}{}", FUNCTIONS.0, self.own)
    }
}

impl std::fmt::Debug for TakeOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TakeOver(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_names_its_version() {
        assert!(VERSION.starts_with("20"));
        assert_eq!(SHA256.len(), 64);
    }

    #[test]
    fn the_hash_is_that_of_the_whole_script() {
        let one = TakeOver { own: "take_over\nmain \"$@\"\n".to_owned() };
        assert_eq!(one.sha256(), crate::crypto::sha256_hex(one.script()));
        assert!(one.script().starts_with(FUNCTIONS.0) && one.script().ends_with(START));
        assert_eq!(format!("{one:?}"), "TakeOver(…)");
    }
}
