//! `config.toml` and the profiles: the fleet's keys win, all else in the file stays.

use serde::{Deserialize, Serialize};

use super::Given;
use crate::artifacts::three_way::{Fleet, Step, step};
use crate::codex_config::bake::{Baked, bake};
use crate::codex_config::merge::merge;
use crate::crypto::sha256_hex;
use crate::hosts::Identity;
use crate::launch::bundle::Bundle;
use crate::launch::manifest::Manifest;
use crate::{App, AppError, AppResult};

/// The file that Codex writes into as well.
pub const CONFIG: &str = "config.toml";
/// It may hold a key of the host.
const MODE: u32 = 0o600;

/// What a home has and had.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it was given.
    pub base: &'a Given,
    /// What is there.
    pub have: &'a Given,
    /// The text of `config.toml`, when it is not what was given.
    pub here: Option<&'a [u8]>,
    /// [`Kept`], sealed.
    pub sealed: Option<&'a str>,
}

/// What is remembered of a home's `config.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// The fleet's text for this host.
    fleet: String,
    /// The two merged: what the home was given.
    merged: String,
}

/// Whether a path is the configuration's: `config.toml` or a profile.
pub fn is_ours(path: &str) -> bool {
    path == CONFIG || (path.ends_with(".config.toml") && !path.contains('/'))
}

/// Merges and adds what has changed. Returns what is to be remembered.
pub async fn settle(
    app: &App,
    who: &Identity,
    manifest: &Manifest,
    asked: Asked<'_>,
    now: &mut Given,
    bundle: &mut Bundle,
    notices: &mut Vec<String>,
) -> AppResult<Option<String>> {
    let baked = match bake(app, who, manifest.codex.as_deref()).await {
        Ok(baked) => baked,
        // It was accepted for the newest Codex. A launch does not fail because this one cannot have it.
        Err(AppError::Invalid(errors)) => {
            notices.push(format!("the fleet's configuration cannot be made for this Codex: {errors:?}"));
            now.0.extend(asked.have.0.iter().filter(|(path, _)| is_ours(path)).map(|(path, sha)| (path.clone(), sha.clone())));
            return Ok(asked.sealed.map(str::to_owned));
        }
        Err(error) => return Err(error),
    };
    let kept: Option<Kept> = match asked.sealed {
        Some(sealed) => Some(serde_json::from_str(&app.config.keyring.open(sealed)?).map_err(AppError::internal)?),
        None => None,
    };
    if baked.is_none() && kept.is_none() {
        return Ok(None);
    }
    if manifest.owns_config && asked.here.is_none() {
        // Its text comes with the next run: nothing of it is written over unseen.
        return Ok(None);
    }
    let Baked { config, profiles, .. } = baked.unwrap_or_default();
    profile_files(&profiles, asked, now, bundle, notices);
    let kept = main_file(config, kept.unwrap_or_default(), asked, now, bundle, notices)?;
    let text = serde_json::to_string(&kept).map_err(AppError::internal)?;
    Ok(Some(app.config.keyring.seal(&text)))
}

fn main_file(
    fleet: String,
    kept: Kept,
    asked: Asked<'_>,
    now: &mut Given,
    bundle: &mut Bundle,
    notices: &mut Vec<String>,
) -> AppResult<Kept> {
    let there = asked.have.0.contains_key(CONFIG) || asked.here.is_some();
    let current = match asked.here {
        Some(bytes) => std::str::from_utf8(bytes).map_err(|_| AppError::invalid(CONFIG, "must be UTF-8"))?,
        None if there => kept.merged.as_str(),
        None => "",
    };
    let merged = match merge(current, &kept.fleet, &fleet) {
        Ok(merged) => merged,
        Err(why) => {
            notices.push(format!("config.toml here cannot be read, so the fleet's settings do not reach Codex: {why}"));
            now.0.insert(CONFIG.to_owned(), sha256_hex(current));
            return Ok(Kept { merged: current.to_owned(), ..kept });
        }
    };
    let sha = sha256_hex(&merged);
    if !there || sha != sha256_hex(current) {
        bundle.place(CONFIG, MODE, merged.as_bytes());
    }
    now.0.insert(CONFIG.to_owned(), sha);
    Ok(Kept { fleet, merged })
}

/// Profiles in files of their own: a copy that was changed here stays, and is told.
fn profile_files(profiles: &[(String, String)], asked: Asked<'_>, now: &mut Given, bundle: &mut Bundle, notices: &mut Vec<String>) {
    let old = asked.have.0.keys().filter(|path| is_ours(path) && *path != CONFIG).map(String::as_str);
    let all: std::collections::BTreeSet<_> = old.chain(profiles.iter().map(|(path, _)| path.as_str())).collect();
    let mut gone = Vec::new();
    for path in all {
        let (has, base) = (asked.have.0.get(path), asked.base.0.get(path));
        let text = profiles.iter().find(|(known, _)| known == path).map(|(_, text)| text);
        let sha = text.map(sha256_hex);
        let fleet = sha.as_deref().map_or(Fleet::Unknown, Fleet::Made);
        match (step(has.map(String::as_str), base.map(String::as_str), fleet), text) {
            (Step::Send, Some(text)) => {
                bundle.place(path, MODE, text.as_bytes());
                now.0.extend(sha.map(|sha| (path.to_owned(), sha)));
            }
            (Step::Delete, _) => gone.extend(has.map(|has| (path.to_owned(), has.clone()))),
            (Step::Clean, _) => now.0.extend(has.map(|has| (path.to_owned(), has.clone()))),
            _ => {
                notices.push(format!("{path} was changed here and stays as it is: remove it to get the fleet's"));
                now.0.extend(base.map(|base| (path.to_owned(), base.clone())));
            }
        }
    }
    bundle.delete(&gone);
}
