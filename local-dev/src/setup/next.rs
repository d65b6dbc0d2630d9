//! What to do when everything is written.

use std::path::PathBuf;

use shared::shell::quote;

use super::answers::Tls;
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
        println!("  backups                by themselves, every {}, into {}", backups.every, backups.folder);
    }
    certificates(work);
}

/// This program, told where a database of one's own is.
fn command(work: &Work<'_>) -> String {
    let file = |path: PathBuf| quote(&path.display().to_string());
    let database = work.env.get("DATABASE_URL_FILE").map(|url| format!("DATABASE_URL_FILE={} ", file(work.known.resolve(&url))));
    let program = std::env::current_exe().map_or_else(|_| "local-dev".to_owned(), file);
    format!("{}{program}", database.unwrap_or_default())
}

/// The command that lets the first certificate administer.
fn register(work: &Work<'_>, name: &str) -> String {
    let layout = &work.answers.layout;
    let (program, state, file) = match layout.home() {
        Home::Process => (
            command(work),
            quote(&layout.state().display().to_string()),
            quote(&layout.made("clients").join(format!("{name}.crt")).display().to_string()),
        ),
        Home::Compose => ("docker compose exec server local-dev".to_owned(), "/state".to_owned(), format!("/state/ca/clients/{name}.crt")),
    };
    format!("{program} cert register --state-dir {state} --name {name} {file}")
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
    if answers.admins.demand == Demand::Off {
        return;
    }
    match &answers.admins.name {
        Some(name) => {
            let clients = answers.layout.made("clients");
            println!(
                "  hand over              {} and its password beside it, by a way nobody else reads",
                show::path(&clients.join(format!("{name}.p12")))
            );
            println!("  when it runs, register that certificate:\n    {}", register(work, name));
        }
        None => println!("  administrators         each certificate has to be registered once: local-dev cert register --help"),
    }
}
