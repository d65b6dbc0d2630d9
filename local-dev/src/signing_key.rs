//! `local-dev signing-key`: the key that signs `cdx`.

use clap::Args;
use shared::audit::Actor;
use shared::{fleet, signing};

use crate::commands::{Installation, with_app};
use crate::up::UpError;

/// Options of `signing-key`.
#[derive(Args, Debug)]
pub struct SigningKeyArgs {
    #[command(flatten)]
    installation: Installation,
    /// Make a new key, which the one before signs; hosts take it with their next run
    #[arg(long)]
    new: bool,
}

/// Prints which key signs; makes a new one before when that is wanted.
pub async fn run(args: SigningKeyArgs) -> Result<(), UpError> {
    let signer = with_app(&args.installation, async |app| {
        if args.new {
            signing::rotate(app, &Actor::system("local-dev signing-key")).await?;
        }
        let fleet = fleet::get(&mut *app.db.acquire().await?).await?;
        signing::signer(app, &fleet).await
    })
    .await?;
    println!("{}  signer.pem ({} before it)", signer.fingerprint(), signer.predecessors());
    Ok(())
}
