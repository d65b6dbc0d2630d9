//! What to do when everything is written.

use super::answers::{Authority, Tls};
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
            let (folder, passphrase) = (quoted(&backups.folder), quoted(&layout.secret("backup-passphrase").display().to_string()));
            println!("  backups, beside it     target/debug/local-dev backup --to {folder} --passphrase-file {passphrase} --keep {} --every {}", backups.keep, backups.every);
        }
    }
    certificates(work);
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

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    shared::shell::quote(text)
}
