//! The fleet's configuration, AGENTS.md, slash commands and skills, and what hosts push.

use serde_json::{Value, json};
use shared::crypto::sha256_hex;

use super::DemoError;
use super::machines::Machine;
use super::stage::{Caller, Stage};

const AGENTS: [(&str, &str); 4] = [
    ("# Working agreements\n\n- Run the tests before you say that something works.\n- Never push to `main`.\n", "first draft"),
    (
        "# Working agreements\n\n- Run `make test` before you say that something works.\n- Never push to `main`; open a pull request.\n- Keep a change below 400 lines.\n",
        "say which command",
    ),
    (
        "# Working agreements\n\n- Run `make test` before you say that something works.\n- Never push to `main`; open a pull request.\n- Keep a change below 400 lines.\n\n## Migrations\n\nExpand, backfill, contract. One statement that can fail in each file.\n",
        "what we learned on 12 October",
    ),
    (
        "# Working agreements\n\n- Run `make test` before you say that something works.\n- Never push to `main`; open a pull request.\n- Keep a change below 400 lines. Ask before you add a dependency.\n\n## Migrations\n\nExpand, backfill, contract. One statement that can fail in each file.\n\n## Words\n\nA *tenant* is a customer's company, an *account* is a person's.\n",
        "words and dependencies",
    ),
];

const REVIEW: [&str; 2] = [
    "---\ndescription: Review a branch against main\nargument-hint: \"[branch]\"\n---\nReview the branch $1 against main.\n\nLook for wrong behaviour first, then for missing tests, then for names.\n",
    "---\ndescription: Review a branch against main\nargument-hint: \"[branch]\"\n---\nReview the branch $1 against main.\n\nLook for wrong behaviour first, then for missing tests, then for names.\nQuote the line for each finding. Say so when there is nothing to say.\n",
];
/// What grace made of the first text of review.md.
const REVIEW_OF_GRACE: &str = "---\ndescription: Review a branch against main\nargument-hint: \"[branch]\"\n---\nReview the branch $1 against main.\n\nLook for wrong behaviour first, then for missing tests, then for names.\nRun the tests of what was touched and show their output.\n";
const TRIAGE_OF_CI: &str = "---\ndescription: Find out why a build is red\nargument-hint: \"<build number>\"\n---\nRead the log of build $1. Name the first error, the commit that brought it, and who can fix it.\n";

const COMMANDS: [(u32, &str, &str); 4] = [
    (87, "review.md", REVIEW[0]),
    (
        80,
        "standup.md",
        "---\ndescription: What happened since yesterday\n---\nSum up my commits and open pull requests since yesterday in five lines.\n",
    ),
    (
        61,
        "ship.md",
        "---\ndescription: Prepare a release\nargument-hint: \"<version>\"\n---\nPrepare the release $1: changelog, version numbers, tag. Stop before pushing and show me the diff.\n",
    ),
    (22, "review.md", REVIEW[1]),
];

const SKILLS: [(u32, &str, &str, &str); 4] = [
    (
        78,
        "deploy",
        "---\nname: deploy\ndescription: Deploys a service to staging and watches it\n---\n# Deploy\n\n1. `make image`, and note the digest.\n2. `bin/deploy staging <digest>`.\n3. Watch the error rate for ten minutes. Roll back when it doubles.\n",
        "# Services\n\n| name | owner |\n|---|---|\n| api | platform |\n| web | growth |\n",
    ),
    (
        49,
        "release-notes",
        "---\nname: release-notes\ndescription: Writes release notes from merged pull requests\n---\n# Release notes\n\nGroup by what a customer notices. One line each, no ticket numbers.\n",
        "",
    ),
    (
        33,
        "incident",
        "---\nname: incident\ndescription: Leads through an incident\n---\n# Incident\n\n1. Say in #incidents that you are on it.\n2. Stop the harm, then look for the cause.\n3. Write down each step with its time.\n",
        "",
    ),
    (
        12,
        "deploy",
        "---\nname: deploy\ndescription: Deploys a service to staging and watches it\n---\n# Deploy\n\n1. `make image`, and note the digest.\n2. `bin/deploy staging <digest>`.\n3. Watch the error rate for ten minutes. Roll back when it doubles, and tell #releases.\n",
        "# Services\n\n| name | owner |\n|---|---|\n| api | platform |\n| web | growth |\n| billing | money |\n",
    ),
];

/// What operators store on this day.
pub async fn store(stage: &Stage, by: &Caller, days_ago: u32) -> Result<(), DemoError> {
    for ((text, note), day) in AGENTS.iter().zip([89, 68, 43, 5]) {
        if day == days_ago {
            stage.call(by, "POST", "/admin/agents/store", json!({ "content": text, "note": note })).await?;
        }
    }
    for (_, name, prompt) in COMMANDS.iter().filter(|(day, ..)| *day == days_ago) {
        stage.call(by, "POST", "/admin/slash-commands/store", json!({ "filename": name, "prompt": prompt })).await?;
    }
    for (_, slug, manifest, services) in SKILLS.iter().filter(|(day, ..)| *day == days_ago) {
        let files = if services.is_empty() { json!({}) } else { json!({ "references/services.md": services }) };
        stage.call(by, "POST", "/admin/skills/store", json!({ "slug": slug, "manifest": manifest, "files": files })).await?;
    }
    if days_ago == 18 {
        stage.call(by, "DELETE", "/admin/slash-commands/standup.md", json!({})).await?;
    }
    if let Some((note, settings)) = config(days_ago) {
        stage.call(by, "POST", "/admin/config/store", json!({ "settings": settings, "note": note })).await?;
        stage.job("prove-login").await;
    }
    Ok(())
}

/// The configuration that is stored on this day, and why.
fn config(days_ago: u32) -> Option<(&'static str, Value)> {
    let fast = json!({ "name": "fast", "model": "gpt-5.1-codex-mini", "model_reasoning_effort": "medium" });
    let deep = json!({ "name": "deep", "model": "gpt-5.1-codex-max", "model_reasoning_effort": "high" });
    let docs = json!({ "name": "docs", "url": "https://docs.example.com/mcp" });
    let base = json!({ "model": "gpt-5.1-codex", "approval_policy": "on-request", "sandbox_mode": "workspace-write" });
    let with = |more: Value| {
        let mut settings = base.clone();
        if let Some((all, more)) = settings.as_object_mut().zip(more.as_object()) {
            all.extend(more.clone());
        }
        settings
    };
    match days_ago {
        88 => Some(("the model we agreed on", base)),
        60 => Some(("profiles for quick and for hard work", with(json!({ "profiles": [fast, deep] })))),
        46 => Some(("gpt-5.2-codex for everybody", with(json!({ "model": "gpt-5.2-codex", "profiles": [fast, deep] })))),
        7 => Some((
            "our own documentation over MCP",
            with(json!({ "model": "gpt-5.2-codex", "profiles": [fast, deep], "mcp_servers": [docs] })),
        )),
        _ => None,
    }
}

/// What hosts push on the last day: one text that differs on both sides, one that is new.
pub async fn push(stage: &Stage, machines: &[Machine]) -> Result<(), DemoError> {
    for machine in machines {
        match machine.plan.name {
            "grace-x1.dev" => {
                let given = format!("{}  prompts/review.md\n", sha256_hex(REVIEW[0]));
                let manifest = format!("protocol 1\nrun {:032x}\nreason push\nuser grace\nhostname grace-x1\nfiles none\n", 1);
                let parts = [("manifest", manifest.as_str()), ("given", &given), ("prompts/review.md", REVIEW_OF_GRACE)];
                stage.form(&machine.caller, "/push", &parts).await?;
            }
            "ci-04.build" => {
                let body = json!({ "filename": "triage.md", "prompt": TRIAGE_OF_CI });
                stage.call(&machine.caller, "POST", "/slash-commands/store", body).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
