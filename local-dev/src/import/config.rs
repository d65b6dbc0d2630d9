//! The configuration of Codex: settings as the old server had them, less what ours cannot say.

use serde_json::Value;
use shared::codex_config::render::template;
use shared::codex_config::store::{self, Expected};
use shared::codex_config::{Settings, sql};
use shared::error::FieldErrors;

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::source::Table;
use super::step::{ACTOR, Step, refusal};

const DOCUMENTS: Table = Table { name: "client_config_documents", columns: &["id", "settings", "body"] };

/// Brings the newest version; the old server kept no others.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let rows = step.old.all(DOCUMENTS, "id").await.map_err(ImportError::Old)?;
    let mut kind = Kind::of(u64::from(!rows.is_empty()));
    // The first row is the document; another is read only where that is missing.
    let row = rows.iter().find(|row| row.id() == 1).or(rows.last());
    match row.map(settings) {
        None => {}
        Some(None) => kind.lose("config.toml", "its settings are no JSON object: make it anew in the configuration's page"),
        Some(Some(value)) => take(step, &mut kind, value).await?,
    }
    step.report.add("configuration", kind);
    Ok(())
}

fn settings(row: &Row) -> Option<Value> {
    let value: Value = serde_json::from_str(row.text("settings")?).ok()?;
    let value = match value {
        Value::String(inner) => serde_json::from_str(&inner).ok()?,
        value => value,
    };
    (value.is_object() || value == Value::Array(Vec::new())).then_some(value)
}

async fn take(step: &mut Step<'_>, kind: &mut Kind, value: Value) -> Result<(), ImportError> {
    let (settings, left_out) = fit(value);
    for (path, why) in left_out {
        kind.lose(format!("config.toml, {path}"), why);
    }
    let mut conn = step.app.db.acquire().await.map_err(shared::AppError::from)?;
    let head = sql::head(&mut conn).await.map_err(shared::AppError::from)?;
    let here = store::get(step.app, &mut conn, head).await?;
    drop(conn);
    match here {
        Some(here) if here.settings == settings.to_json() => kind.here += 1,
        Some(here) if here.line.author != ACTOR => kind.lose("config.toml", "the configuration here was made here, and stays"),
        _ if !step.apply => kind.new += 1,
        _ => {
            let stored = store::store(step.app, &Step::by(), &settings, Expected::default(), &format!("from {}", step.source)).await;
            match refusal(stored)? {
                Ok(_) => kind.new += 1,
                Err(why) => kind.lose("config.toml", why),
            }
        }
    }
    Ok(())
}

/// What was left out: where it was, and why.
type LeftOut = Vec<(String, String)>;

/// Settings that this server takes: what it refuses is taken out, piece by piece, and told.
fn fit(mut value: Value) -> (Settings, LeftOut) {
    let mut left_out = LeftOut::new();
    // Each round takes out one thing at least; settings have fewer than this.
    for _ in 0..1000 {
        let errors = match Settings::parse(&value) {
            Ok(settings) => match template(&settings) {
                Ok(_) => return (settings, left_out),
                Err(errors) => errors,
            },
            Err(errors) => errors,
        };
        if !remove(&mut value, errors, &mut left_out) {
            break;
        }
    }
    left_out.push(("all of it".to_owned(), "it cannot be expressed here".to_owned()));
    (Settings::default(), left_out)
}

/// Takes out what the errors name, the last of a list first. `false`: nothing of it is there.
fn remove(value: &mut Value, errors: FieldErrors, left_out: &mut LeftOut) -> bool {
    let mut removed = false;
    for (path, messages) in errors.into_iter().rev() {
        if let Some(gone) = take_out(value, &steps(&path)) {
            removed = true;
            left_out.push((gone, messages.join("; ")));
        }
    }
    removed
}

/// `a.b[0].c` as its steps.
fn steps(path: &str) -> Vec<&str> {
    path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()).collect()
}

/// Takes out the member at this place, or the thing that lacks it; what has no name it may have goes whole. Gives the place of what went.
fn take_out(value: &mut Value, path: &[&str]) -> Option<String> {
    let is_entry = path.len() > 2 && matches!(path.last(), Some(&("name" | "id")));
    (1..=path.len() - usize::from(is_entry)).rev().find_map(|length| {
        let (last, way) = path[..length].split_last()?;
        let parent = way.iter().try_fold(&mut *value, |at, step| match at {
            Value::Object(map) => map.get_mut(*step),
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        })?;
        let named = match parent {
            // A setting's own name may have a dot in it.
            Value::Object(map) => map.shift_remove(*last).map(|_| last.to_string()).or_else(|| rest(map, &path[length - 1..]))?,
            Value::Array(items) => {
                let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
                items.remove(at).get("name").and_then(Value::as_str).map_or_else(|| last.to_string(), str::to_owned)
            }
            _ => return None,
        };
        Some(way.iter().copied().chain([named.as_str()]).collect::<Vec<_>>().join("."))
    })
}

fn rest(map: &mut serde_json::Map<String, Value>, path: &[&str]) -> Option<String> {
    let name = path.join(".");
    map.shift_remove(&name).map(|_| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::row::tests::row;

    #[test]
    fn what_the_old_server_wrote_is_kept_whole() {
        let value = json!({
            "model": "gpt-5.1-codex", "approval_policy": "on-request", "sandbox_mode": "workspace-write", "model_reasoning_effort": "medium",
            "model_reasoning_summary": "detailed", "model_verbosity": "low", "model_supports_reasoning_summaries": false,
            "model_context_window": 128_000, "model_max_output_tokens": null, "model_provider": null, "profile": null, "notify": [],
            "orchestrator_mcp_enabled": true, "features": { "web_search_request": true }, "notice": { "hide_rate_limit_model_nudge": true },
            "sandbox_workspace_write": { "network_access": false, "exclude_tmpdir_env_var": null, "exclude_slash_tmp": null, "writable_roots": ["/a"] },
            "shell_environment_policy": { "inherit": "core", "set": [], "ignore_default_excludes": null, "exclude": ["AWS_*"], "include_only": [] },
            "profiles": [{ "name": "ultra", "model": "gpt-5.1-codex-max", "features": [], "sandbox_workspace_write": { "network_access": true } }],
            "mcp_servers": [
                { "name": "abc", "command": "/bin/a", "args": ["-e", "A"], "url": null, "http_headers": [], "env_http_headers": [], "enabled": null },
                { "name": "zed", "command": null, "args": [], "url": "https://z/mcp", "bearer_token": "t", "http_headers": { "X-A": "1" } },
            ],
            "otel": { "environment": "prod", "exporter": "otlp-http", "endpoint": "https://o", "protocol": "json", "headers": { "k": "v" }, "log_user_prompt": false },
            "custom_toml": "[tui]\ntheme = \"x\"",
        });

        let (settings, left_out) = fit(value);

        assert_eq!(left_out, []);
        assert_eq!((settings.scope.model.as_deref(), settings.profiles.len(), settings.mcp_servers.len()), (Some("gpt-5.1-codex"), 1, 2));
        assert!(template(&settings).unwrap().contains("theme = \"x\""));
    }

    #[test]
    fn what_cannot_be_expressed_is_left_out_and_named() {
        let kept = ("model", json!("gpt-5.1"));
        for (what, member, expected) in [
            ("a word nobody knows", ("approval_policy", json!("sometimes")), "approval_policy"),
            ("a negative number", ("model_max_output_tokens", json!(-3)), "model_max_output_tokens"),
            ("an unknown setting", ("tui", json!({ "theme": "x" })), "tui"),
            ("two profiles of one name", ("profiles", json!([{ "name": "a" }, { "name": "A", "model": "m" }])), "profiles.A"),
            ("a profile without a usable name", ("profiles", json!([{ "name": "my prof" }])), "profiles.my prof"),
            ("a server without transport", ("mcp_servers", json!([{ "name": "x", "enabled": true }])), "mcp_servers.x"),
            ("an exporter without an endpoint", ("otel", json!({ "exporter": "otlp-http" })), "otel"),
            ("custom TOML that is none", ("custom_toml", json!("= nonsense")), "custom_toml"),
            ("custom TOML that says it again", ("custom_toml", json!("model = \"other\"")), "custom_toml"),
            ("a name with a dot", ("notice", json!({ "a.b": "maybe" })), "notice.a.b"),
        ] {
            let value = Value::Object([kept.clone(), member].into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
            let (settings, left_out) = fit(value);
            assert_eq!(settings.scope.model.as_deref(), Some("gpt-5.1"), "{what}: the rest stays");
            assert!(left_out.iter().any(|(path, why)| path == expected && !why.is_empty()), "{what}: {left_out:?}");
        }
    }

    #[test]
    fn settings_are_read_whether_they_were_written_once_or_twice() {
        for (text, expected) in [
            (r#"{"model":"m"}"#, Some(json!({ "model": "m" }))),
            (r#""{\"model\":\"m\"}""#, Some(json!({ "model": "m" }))),
            ("[]", Some(json!([]))),
            ("[1]", None),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(settings(&row([("settings", text)])), expected, "{text}");
        }
    }
}
