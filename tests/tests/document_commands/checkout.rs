//! A folder that a reader would take for the repository, built.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::process::{TempDir, program};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyPair, SerialNumber, date_time_ymd,
};

use crate::markdown::root;

/// The programs that build: what they would build is what this test was built with.
const BUILDERS: [&str; 3] = ["cargo", "npm", "node"];

/// A checkout of its own, with its own state.
#[derive(Debug)]
pub struct Checkout(TempDir);

impl Checkout {
    /// Makes one.
    pub fn new() -> Self {
        let checkout = Self(TempDir::new());
        let (here, from) = (checkout.path(), root());
        for folder in ["docs", "local-dev", "target", "admin-static/node_modules", "admin-static/dist"] {
            fs::create_dir_all(here.join(folder)).unwrap();
        }
        fs::write(here.join("admin-static/dist/index.html"), "").unwrap();
        for entry in fs::read_dir(from.join("local-dev")).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_file() {
                symlink(&entry, here.join("local-dev").join(entry.file_name().unwrap())).unwrap();
            }
        }
        for file in [".env.sample", "docs/openapi.json"] {
            symlink(from.join(file), here.join(file)).unwrap();
        }
        symlink(program("local-dev").parent().unwrap(), here.join("target/debug")).unwrap();
        certificates(here);
        // Codex works in repositories.
        assert!(Command::new("git").args(["init", "--quiet"]).current_dir(here).status().unwrap().success());
        checkout
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A folder with the builders, which have nothing to do.
    pub fn builders(&self) -> PathBuf {
        let folder = self.path().join("target/builders");
        fs::create_dir_all(&folder).unwrap();
        for name in BUILDERS {
            let path = folder.join(name);
            fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }
}

/// What somebody has who follows the pages about TLS: a chain and its key, a CA of administrators with its
/// revocation list, and one's certificate.
fn certificates(folder: &Path) {
    let named = |name: &str| {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "codex.example.com".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let mut ca = named("administrators");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    fs::write(folder.join("ca.pem"), ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let nothing_revoked = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 1, 1),
        next_update: date_time_ymd(2096, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    fs::write(folder.join("ca.crl"), nothing_revoked.signed_by(&issuer).unwrap().pem().unwrap()).unwrap();
    for (file, key_file, purpose) in
        [("chain.pem", "key.pem", ExtendedKeyUsagePurpose::ServerAuth), ("ada.pem", "ada.key", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let mut params = named(file);
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        fs::write(folder.join(file), params.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        fs::write(folder.join(key_file), key.serialize_pem()).unwrap();
    }
}
