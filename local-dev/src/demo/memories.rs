//! What models remember and keep, over MCP as they do.

use serde_json::{Value, json};

use super::DemoError;
use super::dice::Dice;
use super::machines::Machine;
use super::stage::{Caller, Stage};

/// Host, scope, tags, id, text.
type Note = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const NOTES: &[Note] = &[
    ("ci-01.build", "host", &["build"], "cache-size", "The build cache of this machine holds 40 GB; `make prune-cache` below 5 GB free."),
    (
        "ci-01.build",
        "fleet",
        &["tests", "flaky"],
        "flaky-checkout",
        "tests/checkout/retry.py fails about once in 200 runs since the clock change: run it twice before you look for a cause.",
    ),
    ("ci-02.build", "host", &["build"], "mold", "Linking takes 9 s with mold and 31 s without; mold is in /opt/mold."),
    (
        "ci-03.build",
        "fleet",
        &["build", "docker"],
        "base-image",
        "Images build from registry.example.com/base:2026-11; older bases miss the new CA.",
    ),
    (
        "gpu-01.ml",
        "tag:ml",
        &["training"],
        "batch-size",
        "With 80 GB a batch of 24 fits the large model; 32 runs out of memory after the second epoch.",
    ),
    (
        "gpu-01.ml",
        "tag:ml",
        &["data"],
        "dataset-v7",
        "Dataset v7 has 1.2 % duplicates in the French part. Use the list in fleet/gpu-01.ml.example.com/dedup.txt.",
    ),
    ("gpu-01.ml", "host", &["disks"], "scratch", "/scratch is emptied on Sundays at 03:00 UTC."),
    (
        "gpu-02.ml",
        "tag:ml",
        &["training", "resume"],
        "resume",
        "Resume with --resume-from latest; --resume alone starts the schedule anew.",
    ),
    ("ada-mbp.dev", "host", &["style"], "ada-style", "Ada prefers early returns and table tests, and no comments that repeat the code."),
    (
        "ada-mbp.dev",
        "fleet",
        &["api"],
        "api-pages",
        "Lists of the API page with `next`, never with offsets. The generator in tools/api writes the client.",
    ),
    ("grace-x1.dev", "host", &["database"], "local-db", "The local database listens on 5433, because 5432 is taken by the old stack."),
    ("mika-mbp.dev", "tag:ml", &["evaluation"], "eval-seed", "Evaluations use seed 17. Numbers from other seeds do not go into reports."),
    ("sam-mbp.dev", "host", &["frontend"], "story-port", "Stories run on port 6007; `pnpm stories --ci` builds them without a browser."),
    (
        "tove-fw.dev",
        "host",
        &["rust"],
        "toolchain",
        "This repository builds with the toolchain in rust-toolchain.toml; nightly breaks the proc macros.",
    ),
    (
        "release-bot.ops",
        "fleet",
        &["release"],
        "release-day",
        "Releases go out on Tuesdays before 14:00 UTC, never in the last week of a quarter.",
    ),
    ("docs-bot.ops", "fleet", &["docs"], "docs-links", "Links between documents are relative. `make links` finds the broken ones."),
    ("jump-fra.ops", "host", &["ops"], "bastion", "From here staging is reached by `ssh stg`; production needs the ticket's number."),
    ("kai-mbp.dev", "host", &["mobile"], "simulators", "Only the iPhone 16 simulator has the test certificates."),
];

const FILES: &[(&str, &str, &str)] = &[
    ("gpu-01.ml", "shared/dedup.txt", "fr/0001182\nfr/0001183\nfr/0044710\nfr/0044711\n"),
    ("gpu-01.ml", "runs/2026-11.md", "# Runs\n\n| run | epochs | loss |\n|---|---|---|\n| 118 | 6 | 1.83 |\n| 119 | 6 | 1.79 |\n"),
    ("release-bot.ops", "shared/changelog-draft.md", "# Draft\n\n- Invoices show the tax number.\n- Search finds words in attachments.\n"),
    ("docs-bot.ops", "notes/outline.md", "# Outline\n\n1. First steps\n2. Hosts\n3. When something breaks\n"),
    ("ada-mbp.dev", "notes/parser.md", "The lexer keeps trivia; the formatter needs it. Do not drop comments in `fold`.\n"),
];

/// An operator shares some scopes.
pub async fn grant(stage: &Stage, by: &Caller, machines: &[Machine]) -> Result<(), DemoError> {
    let id = |name: &str| machines.iter().find(|machine| machine.plan.name == name).map(|machine| machine.id);
    for body in [
        json!({ "scope": "fleet", "tag": "ci", "access": "write" }),
        json!({ "scope": "fleet", "tag": "laptop", "access": "read" }),
        json!({ "scope": "fleet", "tag": "bot", "access": "write" }),
        json!({ "scope": "fleet", "host_id": id("ada-mbp.dev"), "access": "write" }),
        json!({ "scope": "tag:ml", "tag": "ml", "access": "write" }),
    ] {
        stage.call(by, "POST", "/admin/mcp/grants", body).await?;
    }
    Ok(())
}

/// What is remembered and looked up on this day.
pub async fn remember(stage: &Stage, by: &Caller, machines: &[Machine], dice: &mut Dice, days_ago: usize) -> Result<(), DemoError> {
    let at = |name: &str| machines.iter().find(|machine| machine.plan.name == name);
    for (_, (name, scope, tags, id, text)) in NOTES.iter().enumerate().filter(|(n, _)| 50 - 2 * n == days_ago) {
        let arguments = json!({ "id": id, "scope": scope, "tags": tags, "content": text });
        tool(stage, at(name), "memory_store", arguments).await?;
    }
    for (_, (name, path, content)) in FILES.iter().enumerate().filter(|(n, _)| 40 - 7 * n == days_ago) {
        tool(stage, at(name), "fs_write_file", json!({ "path": path, "content": content })).await?;
    }
    for _ in 0..dice.between(0, 2) * u64::from(days_ago < 8) {
        look_up(stage, at(dice.one(NOTES).0), dice).await?;
    }
    if days_ago == 3 {
        retire(stage, by).await?;
    }
    Ok(())
}

async fn look_up(stage: &Stage, machine: Option<&Machine>, dice: &mut Dice) -> Result<(), DemoError> {
    let query = *dice.one(&["flaky tests", "build cache", "release", "dataset duplicates", "port", "toolchain"]);
    match dice.between(0, 5) {
        0 => tool(stage, machine, "memory_list", json!({ "limit": 20 })).await,
        1 => tool(stage, machine, "fs_list_dir", json!({ "path": "" })).await,
        // A model that guesses a name: a call that fails is in the log as well.
        2 => tool(stage, machine, "fs_read_file", json!({ "path": "notes/todo.md" })).await,
        _ => tool(stage, machine, "memory_search", json!({ "query": query })).await,
    }
}

/// An operator deletes a memory that is no longer true.
async fn retire(stage: &Stage, by: &Caller) -> Result<(), DemoError> {
    let found = stage.call(by, "GET", "/admin/mcp/memories?query=mold", json!({})).await?;
    if let Some(id) = found["matches"][0]["record_id"].as_u64() {
        stage.call(by, "DELETE", &format!("/admin/mcp/memories/{id}"), json!({})).await?;
    }
    Ok(())
}

/// A tool may say no; the protocol may not.
async fn tool(stage: &Stage, machine: Option<&Machine>, name: &str, arguments: Value) -> Result<(), DemoError> {
    let Some(machine) = machine else { return Ok(()) };
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name, "arguments": arguments } });
    let answer = stage.call(&machine.caller, "POST", "/mcp", body).await?;
    let wrong =
        !answer["error"].is_null() || (name.ends_with("_store") || name.ends_with("_write_file")) && answer["result"]["isError"] == true;
    if wrong { Err(DemoError(format!("{name} on {}: {answer}", machine.plan.name))) } else { Ok(()) }
}
