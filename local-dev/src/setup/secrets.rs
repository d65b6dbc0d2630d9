//! The secrets of an installation: one file each. What is there stays.

use std::fs;
use std::io;

use shared::crypto::Keyring;
use shared::random;

use super::answers::Answers;
use super::args::{DatabaseKind, Home};
use super::known::Known;
use super::layout::Layout;

/// A secret that is written.
pub struct Secret {
    /// Its file.
    pub name: &'static str,
    /// What the file holds.
    pub text: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({}, …)", self.name)
    }
}

/// The secrets that are not there yet, or change because they were told to.
pub fn missing(answers: &Answers, known: &Known) -> Result<Vec<Secret>, String> {
    let layout = &answers.layout;
    let taken = &known.taken;
    if let Some(key) = &taken.encryption_key {
        Keyring::parse(key).map_err(|why| format!("AUTH_ENCRYPTION_KEY of the other installation cannot be used: {why}"))?;
    }
    let is_compose = layout.home() == Home::Compose;
    // A process may have the first two in its file already.
    let all: [(&'static str, bool, &dyn Fn() -> String); 4] = [
        ("encryption-key", known.env.get("AUTH_ENCRYPTION_KEY").is_none(), &|| {
            taken.encryption_key.clone().unwrap_or_else(Keyring::generate)
        }),
        ("installation-id", known.env.get("INSTALLATION_ID").is_none(), &|| taken.installation_id.clone().unwrap_or_else(random::uuid)),
        ("backup-passphrase", is_compose || answers.backups.is_some(), &|| random::token("")),
        ("runner-secret", is_compose, &|| random::token("cdxv_")),
    ];
    let mut wanted = Vec::new();
    for (name, is_wanted, make) in all {
        if is_wanted && read(layout, name)?.is_none() {
            wanted.push(Secret { name, text: make() });
        }
    }
    wanted.extend(database(answers, known)?);
    Ok(wanted)
}

/// The password of the stack's database, and the address that goes with it.
fn database(answers: &Answers, known: &Known) -> Result<Vec<Secret>, String> {
    let layout = &answers.layout;
    let host = match answers.database.kind {
        DatabaseKind::Private => return Ok(Vec::new()),
        DatabaseKind::Own => {
            return Ok(answers.database.url.iter().map(|url| Secret { name: "database-url", text: url.clone() }).collect());
        }
        DatabaseKind::Mysql => "mysql",
        DatabaseKind::Mariadb => "mariadb",
    };
    let mut secrets = Vec::new();
    if read(layout, "database-root-password")?.is_none() {
        secrets.push(Secret { name: "database-root-password", text: random::token("") });
    }
    let before = read(layout, "database-password")?;
    let password = before.clone().unwrap_or_else(|| random::token(""));
    if before.is_none() || read(layout, "database-url")?.is_none() || known.database() != answers.database.kind {
        secrets.push(Secret { name: "database-url", text: format!("mysql://codex:{password}@{host}:3306/codex_auth") });
    }
    if before.is_none() {
        secrets.push(Secret { name: "database-password", text: password });
    }
    Ok(secrets)
}

/// What a secret's file holds; a blank one counts as absent, one that cannot be read does not: a new key would lose what the old one sealed.
pub fn read(layout: &Layout, name: &str) -> Result<Option<String>, String> {
    let path = layout.secret(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read ({error}): run this as its owner", path.display())),
    }
}
