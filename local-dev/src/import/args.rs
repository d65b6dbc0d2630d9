//! What an operator says, and what of it is secret.

use std::path::PathBuf;

use clap::Args;

/// Reads everything, and writes nothing without `--apply`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
The address of the old database comes from --from, --from-file or the variable IMPORT_FROM. Where it has no user, DB_USERNAME and \
DB_PASSWORD of the old .env are taken, so that no secret is on the command line:

  local-dev import --from mysql://127.0.0.1:3306/codex_auth --env-file /srv/codex-auth/.env
  local-dev import --from mysql://127.0.0.1:3306/codex_auth --env-file /srv/codex-auth/.env --apply

The old database is opened read-only. Running it again brings only what is new there. Exit status 3: something cannot be kept, and the \
report says what and why. Step by step: docs/IMPORT.md")]
pub struct ImportArgs {
    /// Folder of this installation, as given to `up`
    #[arg(long, default_value = "local-dev/.state")]
    pub state_dir: PathBuf,
    /// Address of the old database, without a password: mysql://[user@]host[:port]/name
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// File with that address, which may have a password then
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub from_file: Option<PathBuf>,
    /// The old server's .env: its encryption key, its installation id, the database's user and password
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// File with the old `AUTH_ENCRYPTION_KEY`, instead of --env-file
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The old `INSTALLATION_ID`, instead of --env-file
    #[arg(long, value_name = "ID")]
    pub installation_id: Option<String>,
    /// Leave the login where it is: for a rehearsal while the old server still serves
    #[arg(long)]
    pub without_login: bool,
    /// Write
    #[arg(long)]
    pub apply: bool,
}
