//! A newer `cdx` and the key that vouches for it.

use super::bundle::Bundle;
use super::manifest::{Manifest, Reason};
use crate::hosts::Identity;
use crate::{App, AppResult, signing, wrapper};

/// Gives the host the current script with its signature, and the keys after the one it knows. Nothing is read when it has both.
pub async fn give(app: &App, who: &Identity, manifest: &Manifest, bundle: &mut Bundle) -> AppResult<()> {
    if let Some(why) = manifest.distrust {
        tracing::warn!(host.id = who.host.id, reason = why, "a host did not trust the cdx that it was sent: {why}");
    }
    if manifest.reason == Reason::Push {
        return Ok(());
    }
    let is_old = manifest.wrapper_sha.as_ref() != Some(&*wrapper::SHA256);
    let known = manifest.signer.as_deref();
    if !is_old && known.is_none_or(|known| known == who.fleet.signing_key) {
        return Ok(());
    }
    let signer = signing::signer(app, &who.fleet).await?;
    for (number, (pem, endorsement)) in (1..).zip(known.into_iter().flat_map(|known| signer.after(known))) {
        bundle.signer(number, pem, endorsement);
    }
    if is_old {
        bundle.wrapper(wrapper::SCRIPT, signer.script_signature());
    }
    Ok(())
}
