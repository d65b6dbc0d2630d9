//! What a person on a host sees of the quota: real `cdx` runs against a server that asked the strict fake.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, Settings};
use fake_openai::{FakeOpenAi, LoginOptions, Options};
use serde_json::json;
use shared::clock::Clock;

/// A server that learns its quota from `openai`.
fn server(openai: &FakeOpenAi) -> Server {
    let variables = vec![
        ("CODEX_RELEASES_API_URL", openai.url()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        ("CHATGPT_BASE_URL", format!("{}/backend-api", openai.url())),
    ];
    let server = Server::with(Settings { variables, ..Settings::default() });
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
    server
}

/// Lets ChatGPT say that so much was used, and the server ask.
fn used(openai: &FakeOpenAi, server: &Server, five_hours: u32, week: u32) {
    let now = Clock::System.now().timestamp();
    let answer = json!({ "plan_type": "pro", "rate_limit": { "allowed": true, "limit_reached": false,
        // The week stands where the five hours are expected; half a minute more, so that the words stay the same for a while.
        "primary_window": { "used_percent": week, "limit_window_seconds": 604_800, "reset_at": now + 302_430 },
        "secondary_window": { "used_percent": five_hours, "limit_window_seconds": 18_000, "reset_at": now + 7230 } } });
    openai.set_wham_usage("acct-1", answer);
    let data = server.admin("POST", "/admin/chatgpt/usage/refresh", &json!({}));
    assert_eq!(data["snapshot"]["status"], "ok", "{data}");
}

/// A machine with a Codex that says that it ran.
fn machine(openai: &FakeOpenAi, server: &Server, shell: usize) -> Host {
    let host = Host::new(&format!("host-{shell}.example"), SHELLS[shell], &openai.url());
    let codex = host.home().join("codex");
    fs::write(&codex, "#!/bin/sh\n[ \"${1:-}\" = --version ] && echo codex-cli 0.169.0 && exit\necho ran\n").unwrap();
    fs::set_permissions(&codex, fs::Permissions::from_mode(0o755)).unwrap();
    expect_exit(&host.install(server, &json!({})), 0);
    host
}

fn run(host: &Host, words: &[&str], silent: &str) -> Output {
    let mut command = host.cdx_command(words);
    command.env("CDX_CODEX", host.home().join("codex")).env("CODEX_SILENT", silent).output().unwrap()
}

/// Processes that a launch starts besides the shell, Codex among them.
fn processes(host: &Host, shell: &[&str]) -> usize {
    let trace = host.home().join("trace");
    let mut command = host.command("strace");
    command.args(["-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o"]).arg(&trace).args(shell);
    command.arg(host.home().join(".local/bin/cdx")).arg("hello").env("CDX_CODEX", host.home().join("codex"));
    expect_exit(&command.output().unwrap(), 0);
    let text = fs::read_to_string(&trace).unwrap();
    let is_start = |line: &&str| !line.contains("CLONE_THREAD") && !line.contains("resumed") && line.contains('(');
    text.lines().filter(is_start).count()
}

/// What a terminal shows of a launch.
fn on_a_terminal(host: &Host, shell: &[&str]) -> String {
    let line = format!("{} \"$HOME/.local/bin/cdx\" hello", shell.join(" "));
    let mut command = host.command("script");
    command.args(["-qec", &line, "/dev/null"]).env("CDX_CODEX", host.home().join("codex")).env("SHELL", "/bin/sh");
    stdout(&command.output().unwrap())
}

#[test]
fn a_launch_shows_what_is_left_and_stops_when_nothing_is() {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let server = server(&openai);
    for (shell, name) in SHELLS.iter().enumerate() {
        server.admin("POST", "/admin/quota-mode", &json!({ "hard_fail": true }));
        used(&openai, &server, 10, 42);
        let host = machine(&openai, &server, shell);
        run(&host, &["hello"], "0");
        let id = server.admin("GET", "/admin/hosts", &json!({}))["hosts"][shell]["id"].clone();
        let started = processes(&host, name);
        assert!((1..=25).contains(&started), "{name:?}: {started} processes");
        let requests = server.requests("/sync");
        let calm = run(&host, &["hello"], "0");

        expect_exit(&calm, 0);
        assert_eq!((stdout(&calm).as_str(), server.requests("/sync") - requests), ("ran\n", 1), "{name:?}");
        let shown = stderr(&calm);
        assert!(
            shown.contains("cdx: week     [##########..............]  42 %  resets in 3 d 12 h, about 84 % by then\n"),
            "{name:?}: {shown}"
        );
        assert!(shown.contains("cdx: 5 hours  [##......................]  10 %  resets in 2 h, about 17 % by then\n"), "{name:?}: {shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains("limit"), "{name:?}: no colours in a file, nothing to warn of: {shown}");
        assert_eq!(stderr(&run(&host, &["hello"], "1")), "", "{name:?}: silent");
        assert!(!stderr(&run(&host, &["--execute", "hello"], "0")).contains('['), "{name:?}: not asked for by a person at a terminal");

        used(&openai, &server, 10, 92);
        let warned = run(&host, &["hello"], "0");
        expect_exit(&warned, 0);
        assert!(
            stderr(&warned).contains("cdx: week: 92 % used, the limit is 100 %, resets in 3 d 12 h\n"),
            "{name:?}: {}",
            stderr(&warned)
        );
        assert_eq!(stderr(&run(&host, &["hello"], "1")), "", "{name:?}: silent");

        let shown = on_a_terminal(&host, name);
        let (green, yellow, plain) =
            ("\u{1b}[32m[##...", "\u{1b}[33m[######################..]  92 %\u{1b}[0m  resets", "\u{1b}[33mcdx: week: 92 %");
        assert!(shown.contains(green) && shown.contains(yellow) && shown.contains(plain), "{name:?}: {shown:?}");

        used(&openai, &server, 100, 130);
        assert!(on_a_terminal(&host, name).contains("\u{1b}[31m[########################] 130 %\u{1b}[0m"), "{name:?}");
        let stopped = run(&host, &["hello"], "0");
        expect_exit(&stopped, 80);
        assert_eq!(stdout(&stopped), "", "{name:?}: Codex did not run");
        let said = stderr(&stopped);
        let reasons = "cdx: the quota policy stops this host for now: week: 130 % used, the limit is 100 %, resets in 3 d 12 h; \
                       5 hours: 100 % used, the limit is 100 %, resets in 2 h\n";
        assert!(said.contains(reasons) && said.contains("[########################] 130 %"), "{name:?}: {said}");
        assert!(!said.contains("login current"), "{name:?}: a stopped run does not look well: {said}");
        let silent = run(&host, &["hello"], "1");
        expect_exit(&silent, 80);
        assert_eq!(stderr(&silent), reasons, "{name:?}: silent is errors only, with all reasons");
        expect_exit(&run(&host, &["--sync"], "0"), 0);
        assert!(stdout(&run(&host, &["--doctor"], "0")).contains("FAIL  this host may not run Codex (quota_exceeded)"), "{name:?}");

        server.admin("POST", &format!("/admin/hosts/{id}/vip"), &json!({ "vip": true }));
        let vip = run(&host, &["hello"], "0");
        expect_exit(&vip, 0);
        assert!(stdout(&vip) == "ran\n" && stderr(&vip).contains("week: 130 % used"), "{name:?}: {}", stderr(&vip));
        server.admin("POST", &format!("/admin/hosts/{id}/vip"), &json!({ "vip": false }));
        server.admin("POST", "/admin/quota-mode", &json!({ "hard_fail": false }));
        let soft = run(&host, &["hello"], "0");
        expect_exit(&soft, 0);
        assert!(stderr(&soft).contains("cdx: week: 130 % used"), "{name:?}: {}", stderr(&soft));
        server.admin("POST", "/admin/cdx-silent", &json!({ "silent": true }));
        assert_eq!(stderr(&run(&host, &["hello"], "0")), "", "{name:?}: the fleet is silent");
        server.admin("POST", "/admin/cdx-silent", &json!({ "silent": false }));
    }
}
