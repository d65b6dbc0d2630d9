//! Settings as the text that one Codex version reads.

mod changes;
mod custom;
mod defaults;
mod document;
mod overrides;
mod profiles;
mod sections;
mod write;

pub(super) use custom::forget_places;

#[cfg(test)]
mod tests;

use toml_edit::DocumentMut;

use super::merge::leaves;
use super::settings::{BUILT_IN, Settings};
use super::version::{NEWEST, Version};
use crate::error::FieldErrors;
use crate::hosts::Host;

/// Who the text is for.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The Codex that reads it; unknown is taken for the newest.
    pub codex: Option<Version>,
    /// This host's model instead of the fleet's.
    pub model: Option<String>,
    /// This host's reasoning effort instead of the fleet's.
    pub effort: Option<String>,
    /// The managed MCP server, where there is one.
    pub managed: Option<Managed>,
}

impl Target {
    /// A host with the Codex it last reported, and no managed server: that takes its key.
    pub fn of(host: &Host) -> Self {
        Self {
            codex: host.client_version.as_deref().and_then(Version::parse),
            model: host.model_override.clone(),
            effort: host.reasoning_effort_override.clone(),
            managed: None,
        }
    }
}

/// Where the managed MCP server is, and the host's key for it.
#[derive(Clone)]
pub struct Managed {
    /// Without `/mcp`.
    pub base_url: String,
    /// The host's key.
    pub key: String,
}

impl Managed {
    /// With a word in the place of the key: for previews, and for checking what the real Codex makes of it.
    pub fn placeholder(base_url: &str) -> Self {
        Self { base_url: base_url.to_owned(), key: "KEY-OF-THE-HOST".to_owned() }
    }
}

impl std::fmt::Debug for Managed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Managed {{ base_url: {:?}, key: … }}", self.base_url)
    }
}

/// What a host gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// `config.toml`.
    pub config: String,
    /// Further files beside it: name and text.
    pub profiles: Vec<(String, String)>,
    /// What this version does not get as it was chosen, and why.
    pub notes: Vec<String>,
    /// The keys in `config.toml` that the fleet owns.
    pub owned: Vec<Vec<String>>,
}

/// What was chosen, before any version's changes and without a host's key: what operators see and hosts' files are based on.
pub fn template(settings: &Settings) -> Result<String, FieldErrors> {
    let mut document = document::build(settings, &mut Vec::new());
    if let Some(text) = &settings.custom_toml {
        custom::add(&mut document, text)?;
    }
    check_provider(&document)?;
    defaults::add(&mut document, settings, &Target::default(), NEWEST, &mut Vec::new());
    accept(&document)
}

/// Renders settings for one reader. What Codex could not read is an error at the setting that causes it.
pub fn render(settings: &Settings, target: &Target) -> Result<Rendered, FieldErrors> {
    let version = target.codex.unwrap_or(NEWEST);
    let mut notes = Vec::new();
    let settings = overrides::apply(settings, target, &mut notes);
    let mut document = document::build(&settings, &mut notes);
    if let Some(text) = &settings.custom_toml {
        custom::add(&mut document, text)?;
    }
    check_provider(&document)?;
    defaults::add(&mut document, &settings, target, version, &mut notes);
    let mut files = profiles::split(&mut document, version, &mut notes);
    for (name, file) in &mut files {
        changes::apply(file, version, Some(name), &mut notes);
    }
    changes::apply(&mut document, version, None, &mut notes);
    let files = files.into_iter().map(|(name, file)| Ok((format!("{name}.config.toml"), accept(&file)?)));
    let profiles = files.collect::<Result<_, FieldErrors>>()?;
    let config = accept(&document)?;
    Ok(Rendered { config, profiles, notes, owned: leaves(document.as_table()).into_iter().map(|(path, _)| path).collect() })
}

/// A provider that nobody defines stops every Codex.
fn check_provider(document: &DocumentMut) -> Result<(), FieldErrors> {
    let Some(chosen) = document.get("model_provider").and_then(|item| item.as_str()) else { return Ok(()) };
    let defined = document.get("model_providers").and_then(|item| item.get(chosen)).is_some();
    if defined || BUILT_IN.contains(&chosen) {
        return Ok(());
    }
    Err(FieldErrors::from([("model_provider".into(), vec![format!("there is no model provider \"{chosen}\"")])]))
}

/// The text, once it has been read again.
fn accept(document: &DocumentMut) -> Result<String, FieldErrors> {
    let text = format!("{}\n", document.to_string().trim_matches('\n'));
    let text = if text == "\n" { String::new() } else { text };
    match text.parse::<DocumentMut>() {
        Ok(_) => Ok(text),
        Err(error) => Err(FieldErrors::from([("settings".into(), vec![format!("the result is no TOML: {}", error.message())])])),
    }
}
