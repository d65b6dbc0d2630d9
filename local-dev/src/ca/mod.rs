//! The installation's own certificate authority: the server's certificate, administrators' certificates, and which are revoked.
//!
//! Everything lies in the folder `ca` of the state folder. `ca.crt` is for hosts and browsers; `ca.key` signs, and never leaves it.

mod book;
mod client;
mod pkcs12;
mod server;

use std::fs::{self, File};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use shared::clock::Clock;
use shared::random;
use time::OffsetDateTime;

pub use book::Issued;
pub use client::{Bundle, check_name};
pub use server::{host, names_of};

use crate::state_dir::StateDir;

/// The CA's certificate: what hosts and browsers trust.
pub const CERTIFICATE: &str = "ca.crt";
/// The revocation list.
pub const REVOKED: &str = "ca.crl";
/// The server's certificate and its key.
pub const SERVER: (&str, &str) = ("server.crt", "server.key");
/// How long the CA's certificate counts.
const CA_DAYS: i64 = 3650;

/// What went wrong with certificates; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The folder.
    #[error("{0} cannot be written: {1}")]
    Folder(PathBuf, std::io::Error),
    /// A file that somebody has changed.
    #[error("{0} cannot be used ({1}): put it back from a copy, or remove the folder for a new authority, which hosts have to trust anew")]
    Damaged(PathBuf, String),
    /// A name that cannot be one.
    #[error("\"{0}\" cannot be the name of a certificate: use up to 64 of a-z A-Z 0-9 . _ @ -, the first a letter or a digit")]
    Name(String),
    /// Nobody has it.
    #[error("there is no certificate of \"{0}\" that counts: see `local-dev cert list`")]
    Unknown(String),
    /// The library refused.
    #[error("the certificate could not be made: {0}")]
    Made(#[from] rcgen::Error),
    /// The library refused.
    #[error("the PKCS#12 file could not be made: {0}")]
    Pkcs12(#[from] p12_keystore::error::Error),
}

/// The authority of one installation. While it is open no other process changes it.
#[derive(Debug)]
pub struct Authority {
    dir: StateDir,
    issuer: Issuer<'static, KeyPair>,
    clock: Clock,
    _alone: File,
}

impl Authority {
    /// Opens the authority of a state folder, made the first time.
    pub fn open(state: &StateDir, clock: Clock) -> Result<Self, CaError> {
        let path = state.path("ca");
        let fail = |error| CaError::Folder(path.clone(), error);
        let dir = StateDir::open(&path).map_err(fail)?;
        let alone = File::create(dir.path("lock")).and_then(|file| file.lock().map(|()| file)).map_err(fail)?;
        if dir.read("ca.key").is_none() {
            make(&dir, clock.now())?;
        }
        let issuer = read(&dir)?;
        Ok(Self { dir, issuer, clock, _alone: alone })
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), CaError> {
        self.dir.write(name, text.trim_end()).map_err(|error| CaError::Folder(self.path(name), error))
    }

    /// Sees that there is a revocation list, if only an empty one.
    pub fn ensure_revoked(&self) -> Result<(), CaError> {
        if self.path(REVOKED).exists() { Ok(()) } else { self.publish_revoked(&self.issued()?) }
    }

    /// Writes the revocation list: what the book says is revoked and has not ended by itself.
    fn publish_revoked(&self, issued: &[Issued]) -> Result<(), CaError> {
        let now = self.clock.now();
        let revoked = issued.iter().filter_map(|one| Some((one, one.revoked_at?)));
        let list = CertificateRevocationListParams {
            this_update: moment(now),
            // Nobody but this installation reads it, which signs it anew with each change.
            next_update: moment(now + TimeDelta::days(CA_DAYS)),
            crl_number: SerialNumber::from(now.timestamp().unsigned_abs()),
            issuing_distribution_point: None,
            revoked_certs: revoked.map(|(one, at)| listed(one, at)).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        self.write(REVOKED, &list.signed_by(&self.issuer)?.pem()?)
    }
}

fn listed(one: &Issued, at: DateTime<Utc>) -> RevokedCertParams {
    let serial_number = SerialNumber::from(hex::decode(&one.serial).unwrap_or_default());
    RevokedCertParams { serial_number, revocation_time: moment(at), reason_code: None, invalidity_date: None }
}

fn make(dir: &StateDir, now: DateTime<Utc>) -> Result<(), CaError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, format!("Codex Auth Central {}", hex::encode(random::bytes::<4>())));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = valid(now, CA_DAYS);
    let certificate = params.self_signed(&key)?.pem();
    let write = |name: &str, text: &str| dir.write(name, text.trim_end()).map_err(|error| CaError::Folder(dir.path(name), error));
    write(CERTIFICATE, &certificate)?;
    // The key comes last: a folder without one is made anew.
    write("ca.key", &key.serialize_pem())
}

fn read(dir: &StateDir) -> Result<Issuer<'static, KeyPair>, CaError> {
    let damaged = |name: &str, why: &dyn std::fmt::Display| CaError::Damaged(dir.path(name), why.to_string());
    let text = |name: &str| fs::read_to_string(dir.path(name)).map_err(|error| damaged(name, &error));
    let key = KeyPair::from_pem(&text("ca.key")?).map_err(|error| damaged("ca.key", &error))?;
    Issuer::from_ca_cert_pem(&text(CERTIFICATE)?, key).map_err(|error| damaged(CERTIFICATE, &error))
}

/// From an hour ago, for clocks that go behind, and for so many days from now.
fn valid(now: DateTime<Utc>, days: i64) -> (OffsetDateTime, OffsetDateTime) {
    (moment(now - TimeDelta::hours(1)), moment(now + TimeDelta::days(days)))
}

fn moment(at: DateTime<Utc>) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.timestamp()).expect("a date of this era")
}

/// A serial number nobody can guess, positive and of 16 bytes.
fn serial() -> Vec<u8> {
    let mut raw = random::bytes::<16>();
    raw[0] = (raw[0] & 0x7f) | 0x40;
    raw.to_vec()
}
