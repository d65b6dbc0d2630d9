//! `local-dev reseal`: after a new encryption key, beside servers that run.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;
use shared::audit::Actor;
use shared::reseal::{self, Outcome, Progress};

use crate::commands::{Installation, with_app};
use crate::up::UpError;

/// Options of `reseal`.
#[derive(Args, Debug)]
pub struct ResealArgs {
    #[command(flatten)]
    installation: Installation,
    /// Change nothing: only say whether an older key is still needed
    #[arg(long)]
    check: bool,
}

/// Seals everything with the newest key, and says whether the others may go. `false`: they may not.
pub async fn run(args: ResealArgs) -> Result<bool, UpError> {
    let mut shown = Shown::new();
    let (outcome, has_older) = with_app(&args.installation, async |app| {
        let by = Actor::system("local-dev reseal");
        let outcome = if args.check { reseal::check(app).await? } else { reseal::run(app, &by, &mut |at| shown.tell(at)).await? };
        Ok((outcome, app.config.keyring.has_older()))
    })
    .await?;
    shown.end();
    println!("{}", sentence(&outcome, has_older));
    Ok(outcome.is_complete())
}

fn sentence(outcome: &Outcome, has_older: bool) -> String {
    let done = format!("{} sealed anew; {} values open with the newest key", outcome.renewed, outcome.sealed);
    if let Some(first) = outcome.unopened.first() {
        return format!(
            "{done}; {} open with no key of AUTH_ENCRYPTION_KEY, first {}.{} of {} {}: a key is missing in the list, put it back and run this again",
            outcome.unopened.len(),
            first.column.table,
            first.column.name,
            first.column.id,
            first.id
        );
    }
    match (outcome.older, has_older) {
        (0, true) => format!("{done}, and nothing needs another: every other key can leave AUTH_ENCRYPTION_KEY"),
        (0, false) => format!("{done}, the only one in AUTH_ENCRYPTION_KEY"),
        (older, _) => format!(
            "{done}; {older} need an older one, so it has to stay: put the newest key in front on every server, start them again, and run local-dev reseal"
        ),
    }
}

/// A line on a terminal that is written over, once a second at most.
struct Shown {
    last: Instant,
    is_terminal: bool,
    any: bool,
}

impl Shown {
    fn new() -> Self {
        Self { last: Instant::now(), is_terminal: std::io::stderr().is_terminal(), any: false }
    }

    fn tell(&mut self, at: Progress) {
        if !self.is_terminal || self.last.elapsed() < Duration::from_secs(1) {
            return;
        }
        (self.last, self.any) = (Instant::now(), true);
        eprint!("\r\x1b[K{}.{}: {} looked at, {} sealed anew", at.column.table, at.column.name, at.looked_at, at.renewed);
        std::io::stderr().flush().ok();
    }

    fn end(&self) {
        if self.any {
            eprintln!();
        }
    }
}
