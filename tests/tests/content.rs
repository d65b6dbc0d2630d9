//! Config, AGENTS.md, slash commands and skills, from an operator's change to the request a model gets. Real Codex.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, wait_for};
use e2e::ready::{host, ready};
use fake_openai::FakeOpenAi;
use serde_json::{Value, json};

const NEW: &str = "0.169.0";
const OLD: &str = "0.80.0";

fn store(server: &Server, path: &str, body: &Value) {
    server.admin("POST", path, body);
}

fn skill(server: &Server, text: &str) {
    let manifest = format!("---\nname: deploy\ndescription: How this fleet deploys things\n---\n{text}\n");
    store(server, "/admin/skills/store", &json!({ "slug": "deploy", "manifest": manifest }));
}

/// A fleet with one of everything.
fn fill(openai: &FakeOpenAi, server: &Server) {
    let settings = json!({
        "model": "gpt-fleet", "approval_policy": "never", "sandbox_mode": "read-only",
        "profiles": [{ "name": "work", "model": "gpt-work" }],
        "custom_toml": format!("openai_base_url = \"{}/v1\"\nchatgpt_base_url = \"{}/backend-api\"\ncheck_for_update_on_startup = false", openai.url(), openai.url()),
    });
    store(server, "/admin/config/store", &json!({ "settings": settings }));
    store(server, "/admin/agents/store", &json!({ "content": "Always be kind to the fleet.\n" }));
    store(
        server,
        "/admin/slash-commands/store",
        &json!({ "filename": "greet.md", "prompt": "---\ndescription: Greets a colleague\n---\nGreet $1 warmly.\n" }),
    );
    skill(server, "Push the green button.");
}

/// Every file below a folder and what is in it, but for what the product owns.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => waiting.push(path),
                kind if kind.is_file() => drop(all.insert(name, fs::read(path).unwrap())),
                _ => {}
            }
        }
    }
    all
}

fn exec(host: &Host, words: &[&str]) {
    let turn = host.cdx(words);
    expect_exit(&turn, 0);
    assert!(stdout(&turn).contains("FAKE-ANSWER"), "{}", stderr(&turn));
}

#[test]
fn what_an_operator_stores_reaches_the_model() {
    for version in [OLD, NEW] {
        let (openai, server) = ready(version);
        fill(&openai, &server);
        let host = host(&openai, &server, "a", 1);

        exec(&host, &["exec", "--skip-git-repo-check", "hello"]);
        exec(&host, &["work", "exec", "--skip-git-repo-check", "hello"]);

        let asked = openai.model_requests();
        let models: Vec<_> = asked.iter().map(|request| request.model.as_str()).collect();
        assert_eq!(models, ["gpt-fleet", "gpt-work"], "{version}");
        let text = asked[0].body.to_string();
        assert!(text.contains("Always be kind to the fleet."), "{version}: AGENTS.md");
        if version == NEW {
            assert!(text.contains("How this fleet deploys things"), "{version}: the skill");
            // As a command it is for people to call: the model does not get it by itself.
            assert!(!text.contains("warmly"), "{version}");
            exec(&host, &["exec", "--skip-git-repo-check", "$greet Bob"]);
            let called = openai.model_requests().last().unwrap().body.to_string();
            assert!(called.contains("warmly") && called.contains("Bob"), "{version}: the slash command, as a skill");
        } else {
            assert!(host.codex_home().join("prompts/greet.md").is_file(), "{version}");
        }
    }
}

#[test]
fn what_a_person_and_codex_wrote_stays() {
    let (openai, server) = ready(NEW);
    let host = host(&openai, &server, "a", 2);
    let own = "# mine\n[projects.\"/home/me/work\"]\ntrust_level = \"trusted\"\n\n[tui]\nnotifications = true # as I like it\n";
    let path = host.codex_home().join("config.toml");
    fs::write(&path, format!("{}\n{own}", fs::read_to_string(&path).unwrap())).unwrap();
    fs::create_dir_all(host.codex_home().join("skills/mine")).unwrap();
    fs::write(host.codex_home().join("skills/mine/SKILL.md"), "mine").unwrap();
    fs::write(host.home().join("notes.txt"), "mine").unwrap();
    let others = |host: &Host| {
        let mut all = snapshot(host.home());
        all.retain(|name, _| name == "notes.txt" || name.contains("skills/mine"));
        all
    };
    let before = others(&host);

    for round in 0..10 {
        if round % 5 == 0 {
            fill(&openai, &server);
            skill(&server, &format!("Round {round}."));
        }
        exec(&host, &["exec", "--skip-git-repo-check", "hello"]);
    }

    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("[projects.\"/home/me/work\"]\ntrust_level = \"trusted\"") && text.contains("# as I like it"), "{text}");
    assert!(text.contains("model = \"gpt-fleet\""), "{text}");
    assert_eq!(others(&host), before);
    let skill = fs::read_to_string(host.codex_home().join("skills/deploy/SKILL.md")).unwrap();
    assert!(skill.contains("Round 5."), "{skill}");
}

#[test]
fn an_edit_reaches_the_other_host_and_two_at_once_lose_nothing() {
    let (openai, server) = ready(NEW);
    fill(&openai, &server);
    store(&server, "/admin/push-policy", &json!({ "push": "accept" }));
    let (a, b) = (host(&openai, &server, "a", 0), host(&openai, &server, "b", 1));
    let skill = |host: &Host| host.codex_home().join("skills/deploy/SKILL.md");
    let read = |host: &Host| fs::read_to_string(skill(host)).unwrap();
    let edit = |host: &Host, line: &str| fs::write(skill(host), format!("{}{line}\n", read(host))).unwrap();

    edit(&a, "Ask Alice first.");
    expect_exit(&a.cdx(&["--sync"]), 0);
    expect_exit(&b.cdx(&["--sync"]), 0);
    assert!(read(&b).contains("Ask Alice first."));

    edit(&a, "Then call.");
    edit(&b, "Then write.");
    expect_exit(&a.cdx(&["--sync"]), 0);
    let second = b.cdx(&["--sync"]);
    expect_exit(&second, 0);
    assert!(stderr(&second).contains("an operator decides"), "{}", stderr(&second));
    assert!(read(&b).contains("Then write.") && read(&a).contains("Then call."));
    let reviews = server.admin("GET", "/admin/reviews", &Value::Null);
    assert!(reviews.to_string().contains("Then write."), "both texts are kept: {reviews}");

    server.admin("DELETE", "/admin/slash-commands/greet.md", &Value::Null);
    for host in [&a, &b] {
        assert!(snapshot(&host.codex_home()).keys().any(|path| path.contains("greet")));
        expect_exit(&host.cdx(&["--sync"]), 0);
        assert!(!snapshot(&host.codex_home()).keys().any(|path| path.contains("greet")), "retired: gone everywhere");
    }
}

#[test]
fn a_big_fleet_with_nothing_to_change_is_one_small_request() {
    let (openai, server) = ready(OLD);
    for number in 0..200 {
        let manifest = format!("---\nname: s{number}\ndescription: Number {number}\n---\nDo {number}.\n");
        store(&server, "/admin/skills/store", &json!({ "slug": format!("s{number}"), "manifest": manifest }));
    }
    for number in 0..100 {
        store(&server, "/admin/slash-commands/store", &json!({ "filename": format!("c{number}.md"), "prompt": format!("Do {number}.") }));
    }
    let host = host(&openai, &server, "a", 1);
    expect_exit(&host.cdx(&["--version"]), 0);
    let (all, before) = (server.requests(""), snapshot(&host.codex_home().join("skills")));
    assert_eq!(before.len(), 200);

    expect_exit(&host.cdx(&["--version"]), 0);

    wait_for("the request to be logged", || server.requests("") > all);
    assert_eq!(server.requests("") - all, 1);
    assert_eq!(snapshot(&host.codex_home().join("skills")), before);
}

#[test]
fn a_file_of_somebodys_own_is_kept_and_a_dry_run_changes_nothing() {
    let (openai, server) = ready(NEW);
    let host = Host::new("a.example", SHELLS[2], &openai.url());
    fs::write(host.codex_home().join("AGENTS.md"), "My own rules.\n").unwrap();
    expect_exit(&host.install(&server, &json!({})), 0);
    fill(&openai, &server);
    let before = snapshot(&host.codex_home());

    let dry = host.cdx(&["--sync", "--dry-run"]);

    expect_exit(&dry, 0);
    assert!(stdout(&dry).contains("+Always be kind to the fleet."), "{}", stdout(&dry));
    assert_eq!(snapshot(&host.codex_home()), before);
    let real = host.cdx(&["--sync"]);
    expect_exit(&real, 0);
    assert!(stderr(&real).contains("it is kept in"), "{}", stderr(&real));
    assert_eq!(fs::read_to_string(host.codex_home().join("AGENTS.md")).unwrap(), "Always be kind to the fleet.\n");
    let kept = snapshot(&host.codex_home().join(".cdx/kept"));
    assert_eq!(kept.values().next().unwrap(), b"My own rules.\n");
}

#[test]
fn a_first_configuration_is_merged_with_what_was_there() {
    let (openai, server) = ready(NEW);
    let host = host(&openai, &server, "a", 1);
    let path = host.codex_home().join("config.toml");
    fs::write(&path, format!("{}\n# mine\n", fs::read_to_string(&path).unwrap())).unwrap();
    expect_exit(&host.cdx(&["--sync"]), 0);
    fill(&openai, &server);

    for _ in 0..2 {
        expect_exit(&host.cdx(&["--sync"]), 0);
        assert!(fs::read_to_string(&path).unwrap().contains("# mine"), "never written over unseen");
    }

    assert!(fs::read_to_string(&path).unwrap().contains("gpt-fleet"));
}
