//! What changed between Codex versions, one line a change. The oracle is the binary: `tests/tests/config_oracle.rs`.

use toml_edit::{DocumentMut, Item, TableLike, Value};

use self::Then::{Drop, Move, Put};
use crate::codex_config::version::{NEWEST, Version};

/// One change: for versions from `from` and before `until`, a key (with this value) is not what it says.
struct Change {
    from: Version,
    until: Version,
    /// `*` is any name.
    key: &'static str,
    value: Option<&'static str>,
    then: Then,
    why: &'static str,
}

enum Then {
    Drop,
    /// The key goes, and another gets this value unless it has one.
    Put(&'static str, &'static str),
    /// The value is kept by another key unless that has one.
    Move(&'static str),
}

const fn from(minor: u32, key: &'static str, then: Then, why: &'static str) -> Change {
    Change { from: Version(0, minor, 0), until: NEWEST_PLUS, key, value: None, then, why }
}

const fn until(minor: u32, key: &'static str, then: Then, why: &'static str) -> Change {
    Change { from: Version(0, 0, 0), until: Version(0, minor, 0), key, value: None, then, why }
}

impl Change {
    const fn at(mut self, value: &'static str) -> Self {
        self.value = Some(value);
        self
    }

    const fn before(mut self, minor: u32) -> Self {
        self.until = Version(0, minor, 0);
        self
    }
}

const NEWEST_PLUS: Version = Version(NEWEST.0, 1, 0);
const UNKNOWN: &str = "this version does not know it";
const GONE: &str = "this version does it without";

/// Thresholds are the first version that was seen to refuse: 0.121, 0.134 and 0.169 were measured key by key.
#[rustfmt::skip]
const CHANGES: &[Change] = &[
    until(115, "openai_base_url", Drop, "this version takes it from the environment only: OPENAI_BASE_URL"),
    until(121, "web_search", Put("tools.web_search", "true"), "this version has tools.web_search").at("live"),
    until(121, "web_search", Put("tools.web_search", "false"), "this version has tools.web_search").at("disabled"),
    until(121, "web_search", Drop, "this version has no cached search").at("cached"),
    until(169, "model_reasoning_effort", Put("model_reasoning_effort", "xhigh"), "this version stops at \"max\"").at("max"),
    until(169, "mcp_servers.*.default_tools_approval_mode", Put("mcp_servers.*.default_tools_approval_mode", "prompt"), "not every version before 0.169 has \"writes\"").at("writes"),
    from(121, "model_providers.*.wire_api", Put("model_providers.*.wire_api", "responses"), "this version stops at \"chat\"").at("chat"),
    from(121, "model_providers.openai", Drop, "this version stops at it: openai_base_url"),
    from(134, "tools.view_image", Drop, GONE).before(169),
    from(134, "features.view_image", Drop, UNKNOWN).before(169),
    from(169, "tools.view_image", Move("features.view_image"), "this version has features.view_image"),
    from(134, "tools.web_search_request", Put("web_search", "live"), "this version has web_search").at("true"),
    from(134, "tools_web_search", Put("web_search", "live"), "this version has web_search").at("true"),
    from(134, "tools_web_search", Drop, "this version has web_search"),
    from(134, "features.streamable_shell", Move("features.unified_exec"), "this version has features.unified_exec"),
    from(134, "features.background_terminal", Move("features.unified_exec"), "this version has features.unified_exec"),
    from(134, "features.shell_command_tool", Move("features.unified_exec"), "this version has features.unified_exec"),
    from(134, "features.rmcp_client", Drop, GONE),
    from(134, "features.experimental_sandbox_command_assessment", Drop, UNKNOWN),
    from(134, "features.exec_policy", Drop, GONE),
    from(134, "features.ghost_commit", Drop, UNKNOWN),
    from(134, "features.skills", Drop, GONE),
    from(134, "features.tui2", Drop, GONE),
    from(134, "features.parallel", Drop, GONE),
    from(134, "features.remote_compaction", Drop, GONE),
    from(134, "features.view_image_tool", Drop, GONE),
    from(134, "features.multi_agents", Drop, UNKNOWN),
    from(134, "features.powershell_utf8", Drop, GONE),
    from(169, "features.child_agents_md", Drop, UNKNOWN),
    from(134, "experimental_instructions_file", Move("model_instructions_file"), "this version has model_instructions_file"),
    from(134, "preferred_auth_method", Move("forced_login_method"), "this version has forced_login_method"),
    from(134, "disable_response_storage", Drop, UNKNOWN),
    from(134, "model_max_output_tokens", Drop, UNKNOWN),
    from(134, "include_plan_tool", Drop, GONE),
    from(134, "experimental_use_rmcp_client", Drop, GONE),
    from(134, "experimental_use_freeform_apply_patch", Drop, UNKNOWN),
    from(134, "experimental_use_exec_command_tool", Drop, UNKNOWN),
    from(134, "windows_wsl_setup_acknowledged", Drop, UNKNOWN),
    from(134, "commit_attribution", Drop, UNKNOWN),
    from(169, "model_supports_reasoning_summaries", Drop, UNKNOWN),
    from(149, "approval_policy", Put("approval_policy", "on-request"), "this version stops at \"untrusted\"").at("untrusted"),
];

/// Makes a document one that this version reads; `file` is the profile it is, if it is one.
pub fn apply(document: &mut DocumentMut, version: Version, file: Option<&str>, notes: &mut Vec<String>) {
    let place = file.map(|name| format!("{name}.config.toml: ")).unwrap_or_default();
    for change in CHANGES.iter().filter(|change| change.from <= version && version < change.until) {
        for path in places(document, change.key) {
            if let Some(what) = carry_out(document, &path, change) {
                notes.push(format!("{place}{} {what}: {}", path.join("."), change.why));
            }
        }
        // Old layout: a profile is a table.
        if file.is_none() {
            for path in places(document, &format!("profiles.*.{}", change.key)) {
                if let Some(what) = carry_out(document, &path, change) {
                    notes.push(format!("{} {what}: {}", path.join("."), change.why));
                }
            }
        }
    }
}

/// The keys that a pattern means here.
fn places(document: &DocumentMut, pattern: &str) -> Vec<Vec<String>> {
    let mut found: Vec<(Vec<String>, &Item)> = vec![(Vec::new(), document.as_item())];
    for part in pattern.split('.') {
        let mut next = Vec::new();
        for (path, item) in found {
            let Some(table) = item.as_table_like() else { continue };
            for (name, item) in table.iter().filter(|(name, _)| part == "*" || part == *name) {
                next.push(([path.as_slice(), &[name.to_owned()]].concat(), item));
            }
        }
        found = next;
    }
    found.into_iter().map(|(path, _)| path).collect()
}

fn carry_out(document: &mut DocumentMut, path: &[String], change: &Change) -> Option<&'static str> {
    let (name, parents) = path.split_last()?;
    let table = descend(document.as_table_mut(), parents)?;
    let item = table.get(name)?;
    let said = item.as_str().map(str::to_owned).or_else(|| item.as_bool().map(|flag| flag.to_string()));
    if change.value.is_some_and(|value| said.as_deref() != Some(value)) {
        return None;
    }
    match change.then {
        Drop => {
            table.remove(name);
            prune(document, parents);
            Some("is left out")
        }
        Put(key, value) if change.key == key => {
            table.insert(name, value.into_item());
            Some("is changed")
        }
        Put(key, value) => {
            table.remove(name);
            prune(document, parents);
            place(document, scope_of(path, change.key), key, value.into_item());
            Some("is written another way")
        }
        Move(key) => {
            let item = table.remove(name)?;
            prune(document, parents);
            place(document, scope_of(path, change.key), key, item);
            Some("is written another way")
        }
    }
}

trait IntoItem {
    fn into_item(self) -> Item;
}

impl IntoItem for &str {
    fn into_item(self) -> Item {
        Item::Value(self.parse::<bool>().map_or_else(|_| Value::from(self), Value::from))
    }
}

/// `profiles.x` when the key was found below it.
fn scope_of<'a>(path: &'a [String], key: &str) -> &'a [String] {
    &path[..path.len() - key.split('.').count()]
}

fn place(document: &mut DocumentMut, scope: &[String], key: &str, item: Item) {
    let path: Vec<_> = scope.iter().map(String::as_str).chain(key.split('.')).collect();
    let Some((name, parents)) = path.split_last() else { return };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for parent in parents {
        let inner = table.entry(parent).or_insert_with(|| Item::Table(toml_edit::Table::new()));
        let Some(inner) = inner.as_table_like_mut() else { return };
        table = inner;
    }
    if !table.contains_key(name) {
        table.insert(name, item);
    }
}

fn descend<'a>(root: &'a mut dyn TableLike, path: &[String]) -> Option<&'a mut dyn TableLike> {
    path.iter().try_fold(root, |table, name| table.get_mut(name)?.as_table_like_mut())
}

/// Takes a table away that has nothing left.
fn prune(document: &mut DocumentMut, path: &[String]) {
    let Some((name, parents)) = path.split_last() else { return };
    let Some(table) = descend(document.as_table_mut(), parents) else { return };
    if table.get(name).and_then(Item::as_table_like).is_some_and(TableLike::is_empty) {
        table.remove(name);
    }
}
