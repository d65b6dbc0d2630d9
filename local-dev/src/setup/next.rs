//! What to do when everything is written.

use std::path::PathBuf;

use shared::shell::quote;

use super::answers::{Authority, Backups, Tls};
use super::args::{Demand, Home};
use super::compose_override::{self, Override};
use super::show;
use super::write::Work;

/// Prints it.
pub fn print(work: &Work<'_>) {
    let layout = &work.answers.layout;
    if let Override::ByHand(lines) = &work.beside {
        println!("{} is yours. Add this to it, below services:\n\n{lines}\n", show::path(&compose_override::path(work.known)));
    }
    println!("Next:");
    match layout.home() {
        Home::Process => println!("  start it               local-dev/up"),
        Home::Compose => println!("  start it               cd local-dev && docker compose up --build --wait"),
    }
    println!("  keep a copy of         {}", show::path(&layout.secret("encryption-key")));
    if let Some(backups) = &work.answers.backups {
        println!("  and, for backups, of   {}", show::path(&layout.secret("backup-passphrase")));
        if layout.home() == Home::Process {
            println!("  backups, by cron, every {}:\n    {}", backups.every, backup(work, backups));
        }
    }
    certificates(work);
}

/// The command that makes one backup of a process's data.
fn backup(work: &Work<'_>, backups: &Backups) -> String {
    let file = |path: PathBuf| quote(&path.display().to_string());
    let database = work.env.get("DATABASE_URL_FILE").map(|url| format!("DATABASE_URL_FILE={} ", file(work.known.resolve(&url))));
    let program = std::env::current_exe().map_or_else(|_| "local-dev".to_owned(), file);
    let layout = &work.answers.layout;
    format!(
        "{}{program} backup --state-dir {} --to {} --passphrase-file {} --keep {}",
        database.unwrap_or_default(),
        file(layout.root().to_owned()),
        file(work.known.resolve(&backups.folder)),
        file(layout.secret("backup-passphrase")),
        backups.keep,
    )
}

fn certificates(work: &Work<'_>) {
    let answers = work.answers;
    if answers.tls == Tls::Generated {
        let ca = match answers.layout.home() {
            Home::Process => answers.layout.made("ca.crt"),
            // Caddy makes it at its first start.
            Home::Compose => answers.layout.root().join("caddy/caddy/pki/authorities/local/root.crt"),
        };
        println!("  hosts get (CDX_CACERT) {}", show::path(&ca));
    }
    if answers.admins.demand != Demand::Off && answers.admins.authority != Authority::None {
        println!("  administrators         register each certificate once: docs/SETUP.md");
    }
}
