//! Profiles: tables for old Codexes, files for new ones. No layout is read by both.

use toml_edit::{DocumentMut, Item, Table};

use super::custom::forget_places;
use crate::codex_config::version::Version;

/// From here a profile is a file, and `profile = …` stops Codex.
const FILES: Version = Version(0, 134, 0);

/// Takes the profiles out of the document when this version wants files, and puts the one that is on over the root.
pub fn split(document: &mut DocumentMut, version: Version, notes: &mut Vec<String>) -> Vec<(String, DocumentMut)> {
    let root = document.as_table_mut();
    drop_unknown(root, notes);
    if version < FILES {
        return Vec::new();
    }
    let active = root.remove("profile").and_then(|item| item.as_str().map(str::to_owned));
    let profiles = root.remove("profiles").and_then(|item| item.into_table().ok()).unwrap_or_default();
    let tables = profiles.into_iter().filter_map(|(name, item)| Some((name, item.into_table().ok()?)));
    let tables: Vec<_> = tables.map(|(name, table)| (name, as_root(table))).collect();
    if let Some(active) = active {
        if let Some((_, table)) = tables.iter().find(|(name, _)| *name == active) {
            cover(root, table);
        }
        notes.push(format!("profile = \"{active}\" stops this version: the profile's settings are in config.toml itself"));
    }
    tables.into_iter().map(|(name, table)| (name, DocumentMut::from(table))).collect()
}

/// Old Codexes stop at a profile that nobody defines.
fn drop_unknown(root: &mut Table, notes: &mut Vec<String>) {
    let Some(active) = root.get("profile").and_then(Item::as_str).map(str::to_owned) else { return };
    if root.get("profiles").and_then(|profiles| profiles.get(&active)).is_none() {
        root.remove("profile");
        notes.push(format!("profile = \"{active}\" is left out: there is no such profile"));
    }
}

/// A table as a document: its header and place are gone.
fn as_root(mut table: Table) -> Table {
    forget_places(&mut table);
    table.set_implicit(false);
    table.decor_mut().clear();
    table
}

/// Puts one table over another.
fn cover(base: &mut Table, over: &Table) {
    for (name, item) in over {
        match (base.get_mut(name), item) {
            (Some(Item::Table(base)), Item::Table(over)) => cover(base, over),
            (Some(base), _) => *base = item.clone(),
            (None, _) => _ = base.insert(name, item.clone()),
        }
    }
}
