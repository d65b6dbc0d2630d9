//! The main job with nothing faked but OpenAI: the real server, real shells, the real Codex.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, wait_for};
use e2e::ready::cache;
use fake_openai::{FakeOpenAi, LoginOptions, Options, releases};
use serde_json::{Value, json};

const NEW: &str = "0.169.0";
const OLD: &str = "0.80.0";

fn openai() -> FakeOpenAi {
    let releases_dir = cache().join("releases");
    for version in [NEW, OLD] {
        releases::from_npm(&cache(), &releases_dir, version).unwrap();
    }
    FakeOpenAi::start(Options { releases_dir: Some(releases_dir), ..Options::default() }).unwrap()
}

/// A server that has a login, and the OpenAI behind it.
fn ready(version: &str) -> (FakeOpenAi, Server) {
    let openai = openai();
    let server = Server::start(&openai.url());
    server.admin("POST", "/admin/codex-version", &json!({ "selection": version }));
    seed(&openai, &server);
    (openai, server)
}

fn seed(openai: &FakeOpenAi, server: &Server) {
    let admin = Host::new("laptop.example", SHELLS[0], &openai.url());
    fs::write(admin.auth_json(), openai.login(LoginOptions::default()).to_string()).unwrap();
    let command = server.admin("POST", "/admin/auth/seed-command", &json!({}))["command"].clone();
    expect_exit(&admin.shell(command.as_str().unwrap()), 0);
}

/// Asks Codex something on `host` and reads the model's answer.
fn ask(host: &Host, text: &str) {
    let output = host.cdx(&["exec", "--skip-git-repo-check", text]);
    expect_exit(&output, 0);
    assert_eq!(stdout(&output).trim(), format!("FAKE-ANSWER: {text}"), "{}", stderr(&output));
}

#[test]
fn two_hosts_run_codex_with_the_login_of_the_server() {
    for (version, shells) in [(OLD, [0, 1]), (NEW, [1, 2])] {
        let (openai, server) = ready(version);
        for (number, shell) in shells.into_iter().enumerate() {
            let host = Host::new(&format!("host-{number}.example"), SHELLS[shell], &openai.url());

            let installed = host.install(&server, &json!({}));

            expect_exit(&installed, 0);
            assert_eq!(stdout(&installed), "", "what is said goes to stderr");
            ask(&host, "hello");
            let login = host.login();
            assert!(login["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "no real refresh token reaches a host");
            assert_eq!(fs::metadata(host.auth_json()).unwrap().permissions().mode() & 0o777, 0o600);
            expect_exit(&host.cdx(&["--doctor"]), 0);
            let version_line = host.cdx(&["--version"]);
            assert_eq!(stdout(&version_line), format!("codex-cli {version}\n"));
        }
        let families: Vec<_> = openai.model_requests().into_iter().map(|request| format!("{:?}", request.family)).collect();
        assert!(
            !families.is_empty() && families.iter().all(|family| family == &families[0]),
            "only the seeded login was used: {families:?}"
        );
        assert_eq!(openai.count("POST", "/oauth/token"), 0);
    }
}

#[test]
fn a_new_login_on_one_host_reaches_the_other() {
    let (openai, server) = ready(OLD);
    let (a, b) = (Host::new("a.example", SHELLS[1], &openai.url()), Host::new("b.example", SHELLS[2], &openai.url()));
    for host in [&a, &b] {
        expect_exit(&host.install(&server, &json!({})), 0);
    }
    let old = b.login();

    // While Codex runs on A, somebody signs in again: the fake codex below writes the new file.
    let newer = openai.login(LoginOptions { access_lifetime_seconds: 900_000, ..LoginOptions::default() });
    fs::write(a.home().join("newer.json"), newer.to_string()).unwrap();
    let codex = a.home().join("codex-login");
    fs::write(&codex, "#!/bin/sh\n[ \"${1:-}\" = --version ] && echo codex-cli 0.80.0 && exit\ncp \"$HOME/newer.json\" \"$HOME/.codex/auth.json\"\nexit 7\n").unwrap();
    fs::set_permissions(&codex, fs::Permissions::from_mode(0o755)).unwrap();
    let run = a.cdx_command(&["login"]).env("CDX_CODEX", &codex).output().unwrap();

    expect_exit(&run, 7);
    assert!(stderr(&run).contains("new login was accepted (generation 2)"), "{}", stderr(&run));
    assert!(a.login()["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "the host gets its view back");
    ask(&b, "again");
    assert_eq!(b.login()["tokens"]["access_token"], newer["tokens"]["access_token"]);

    // An older file that comes back is refused, and the newer login comes back.
    fs::write(b.auth_json(), old.to_string()).unwrap();
    expect_exit(&b.cdx(&["--sync"]), 0);
    assert_eq!(b.login()["tokens"]["access_token"], newer["tokens"]["access_token"]);
    assert!(!server.log().contains("access_token") && !server.log().contains(newer["tokens"]["refresh_token"].as_str().unwrap()));
}

/// The real Codex with nothing around it but the variable that `cdx` sets.
fn codex(host: &Host, server: &Server, args: &[&str]) -> std::process::Output {
    let mut command = host.command("codex");
    command.env("CODEX_REFRESH_TOKEN_URL_OVERRIDE", format!("{}/oauth/token", server.url())).args(args).output().unwrap()
}

#[test]
fn codex_gets_a_token_for_its_handle_and_logs_out_alone() {
    for version in [OLD, NEW] {
        let (openai, server) = ready(version);
        let (a, b) = (Host::new("a.example", SHELLS[1], &openai.url()), Host::new("b.example", SHELLS[2], &openai.url()));
        for host in [&a, &b] {
            expect_exit(&host.install(&server, &json!({})), 0);
            expect_exit(&host.cdx(&["--update"]), 0);
        }
        let newer = openai.login(LoginOptions { access_lifetime_seconds: 900_000, ..LoginOptions::default() });
        server.admin("POST", "/admin/auth/upload", &json!({ "auth": newer }));
        let ended = openai.login(LoginOptions { access_lifetime_seconds: -60, ..LoginOptions::default() });
        let mut file = a.login();
        file["tokens"]["access_token"] = ended["tokens"]["access_token"].clone();
        fs::write(a.auth_json(), file.to_string()).unwrap();

        let turn = codex(&a, &server, &["exec", "--skip-git-repo-check", "hello"]);

        expect_exit(&turn, 0);
        assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: hello", "{version}: {}", stderr(&turn));
        assert!(server.requests("/oauth/token") >= 1, "{version}: Codex asked this server");
        let now = a.login();
        assert_eq!(now["tokens"]["access_token"], newer["tokens"]["access_token"], "{version}");
        assert_eq!(now["tokens"]["refresh_token"], file["tokens"]["refresh_token"], "{version}: the handle stays");
        expect_exit(&codex(&a, &server, &["logout"]), 0);
        if version == NEW {
            assert_eq!(server.requests("/oauth/revoke"), 1);
        }
        ask(&b, "still here");
        ask(&a, "again");
        assert_eq!(
            (openai.count("POST", "/oauth/token"), openai.count("POST", "/oauth/revoke")),
            (0, 0),
            "{version}: OpenAI heard nothing"
        );
    }
}

#[test]
fn a_timer_synchronises_silently_and_is_not_taken_for_a_person() {
    let (openai, server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let times = || {
        let shown = server.admin("GET", "/admin/hosts", &Value::Null)["hosts"][0].clone();
        (shown["last_contact_at"].clone(), shown["last_cron_at"].clone())
    };
    let (contact, cron) = times();
    assert!(contact.is_string() && cron.is_null());

    let ran = host.cdx(&["--cron"]);

    expect_exit(&ran, 0);
    assert_eq!((stdout(&ran), stderr(&ran)), (String::new(), String::new()));
    assert!(times().0 == contact && times().1.is_string(), "{:?}", times());
    assert_eq!(server.admin("GET", "/admin/hosts", &Value::Null)["hosts"][0]["users"][0]["username"], "tester");
}

#[test]
fn without_the_server_codex_runs_inside_the_limit_and_not_outside() {
    let (openai, mut server) = ready(OLD);
    let secure = Host::new("secure.example", SHELLS[1], &openai.url());
    let insecure = Host::new("insecure.example", SHELLS[2], &openai.url());
    expect_exit(&secure.install(&server, &json!({})), 0);
    expect_exit(&insecure.install(&server, &json!({ "secure": false })), 0);
    assert!(!insecure.auth_json().exists(), "an insecure host keeps no login between runs");
    server.stop();
    let age = |host: &Host, seconds: i64| {
        let path = host.codex_home().join(".cdx/state");
        let text = fs::read_to_string(&path).unwrap();
        let old = text.lines().find(|line| line.starts_with("synced_at=")).unwrap();
        let at: i64 = old.trim_start_matches("synced_at='").trim_end_matches('\'').parse().unwrap();
        fs::write(&path, text.replace(old, &format!("synced_at='{}'", at - seconds))).unwrap();
    };

    let inside = secure.cdx(&["exec", "--skip-git-repo-check", "offline"]);
    expect_exit(&inside, 0);
    assert!(stderr(&inside).contains("cannot be reached") && stdout(&inside).contains("FAKE-ANSWER: offline"));
    age(&secure, 6 * 86_400);
    expect_exit(&secure.cdx(&["--version"]), 0);
    age(&secure, 2 * 86_400);
    let outside = secure.cdx(&["--version"]);
    expect_exit(&outside, 69);
    assert!(stderr(&outside).contains("older than this host may use it"), "{}", stderr(&outside));
    expect_exit(&insecure.cdx(&["--version"]), 69);

    server.resume();
    ask(&secure, "back");
    ask(&insecure, "back");
    assert!(!insecure.auth_json().exists());
}

#[test]
fn every_refusal_has_its_own_sentence_and_status() {
    let (openai, server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let refused = |code: i32, part: &str| {
        let output = host.cdx(&["--version"]);
        expect_exit(&output, code);
        assert!(stderr(&output).contains(part) && stdout(&output).is_empty(), "{}", stderr(&output));
    };

    server.admin("POST", "/admin/api/state", &json!({ "disabled": true }));
    refused(75, "switched off");
    assert!(host.auth_json().exists());
    server.admin("POST", "/admin/api/state", &json!({ "disabled": false }));
    let other = openai.login(LoginOptions { account_id: "somebody-else".into(), ..LoginOptions::default() });
    let view = fs::read(host.auth_json()).unwrap();
    fs::write(host.auth_json(), other.to_string()).unwrap();
    refused(82, "another ChatGPT account");
    assert!(host.auth_json().exists(), "it is the user's: it stays");
    fs::write(host.auth_json(), view).unwrap();
    let conf = host.home().join(".config/cdx/host.conf");
    let text = fs::read_to_string(&conf).unwrap();
    let id = text.lines().find(|line| line.starts_with("cdx_installation=")).unwrap();
    fs::write(&conf, text.replace(id, "cdx_installation='9'")).unwrap();
    refused(76, "another server");
    fs::write(&conf, &text).unwrap();
    let id = server.admin("GET", "/admin/hosts", &json!({}))["hosts"][0]["id"].clone();
    server.admin("DELETE", &format!("/admin/hosts/{id}"), &json!({}));
    refused(71, "does not know this host's key");
    assert!(!host.auth_json().exists());
    fs::remove_file(&conf).unwrap();
    refused(68, "not set up");
}

#[test]
fn nothing_is_left_after_an_uninstall() {
    let (openai, server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[2], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    ask(&host, "hello");

    expect_exit(&host.cdx(&["--uninstall"]), 0);

    let left = Command::new("find").arg(host.home()).args(["!", "-type", "d"]).output().unwrap();
    assert_eq!(stdout(&left), "", "files that stayed");
    assert!(!host.codex_home().exists());
    assert_eq!(server.admin("GET", "/admin/hosts", &json!({}))["hosts"], json!([]));
}

#[test]
fn execute_prints_only_the_answer() {
    let (openai, server) = ready(NEW);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let output = host.cdx(&["--execute", "what is it"]);
    expect_exit(&output, 0);
    assert_eq!(stdout(&output).trim(), "FAKE-ANSWER: what is it");
}

#[test]
fn an_old_cdx_replaces_itself_and_a_damaged_one_is_not_used() {
    let (openai, server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let cdx = host.home().join(".local/bin/cdx");
    let current = fs::read_to_string(&cdx).unwrap();
    fs::write(&cdx, current.replace("cdx_version='", "cdx_version='0.")).unwrap();

    expect_exit(&host.cdx(&["--version"]), 0);

    assert_eq!(fs::read_to_string(&cdx).unwrap(), current);
    assert_eq!(stdout(&host.cdx(&["--wrapper-version"])).trim(), *shared::wrapper::VERSION);
}

#[test]
fn an_insecure_login_goes_with_the_last_of_two_runs() {
    let (openai, server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({ "secure": false })), 0);
    let codex = host.home().join("slow-codex");
    fs::write(
        &codex,
        "#!/bin/sh\n[ \"${1:-}\" = --version ] && echo codex-cli 0.80.0 && exit\nwhile [ -e \"$HOME/hold\" ]; do sleep 0.05; done\n",
    )
    .unwrap();
    fs::set_permissions(&codex, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(host.home().join("hold"), "").unwrap();

    let mut slow = host.cdx_command(&["run"]).env("CDX_CODEX", &codex).spawn().unwrap();
    wait_for("the first run", || host.auth_json().exists());
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(host.auth_json().exists(), "the first run still needs it");
    fs::remove_file(host.home().join("hold")).unwrap();
    assert!(slow.wait().unwrap().success());

    assert!(!host.auth_json().exists());
}

#[test]
fn status_and_signals_are_codexs_own() {
    let (openai, server) = ready(OLD);
    for shell in SHELLS {
        let host = Host::new("a.example", shell, &openai.url());
        expect_exit(&host.install(&server, &json!({})), 0);
        let codex = host.home().join("codex");
        let script = "#!/bin/sh\n[ \"${1:-}\" = --version ] && echo codex-cli 0.80.0 && exit\n[ \"${1:-}\" = exit ] && exit 42\n\
                      trap 'echo stopped; exit 9' TERM\necho ready >\"$HOME/ready\"\nwhile :; do sleep 0.05; done\n";
        fs::write(&codex, script).unwrap();
        fs::set_permissions(&codex, fs::Permissions::from_mode(0o755)).unwrap();

        expect_exit(&host.cdx_command(&["exit"]).env("CDX_CODEX", &codex).output().unwrap(), 42);
        let mut run = host.cdx_command(&["wait"]).env("CDX_CODEX", &codex).stdout(std::process::Stdio::piped()).spawn().unwrap();
        wait_for("codex", || host.home().join("ready").exists());
        Command::new("kill").arg(run.id().to_string()).status().unwrap();
        assert_eq!(run.wait().unwrap().code(), Some(9), "{shell:?}: codex got the signal and decided");
        assert!(
            fs::read_dir(host.codex_home().join(".cdx")).unwrap().all(|entry| !entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("work"))
        );
    }
}

#[test]
fn a_launch_with_nothing_to_change_is_one_request_and_few_processes() {
    let (openai, server) = ready(OLD);
    for shell in SHELLS {
        let host = Host::new("a.example", shell, &openai.url());
        expect_exit(&host.install(&server, &json!({})), 0);
        expect_exit(&host.cdx(&["--version"]), 0);
        let (all, before) = (server.requests(""), fs::metadata(host.auth_json()).unwrap().ino());
        let trace = host.home().join("trace");

        let mut command = host.command("strace");
        command.args(["-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o"]).arg(&trace).args(shell);
        expect_exit(&command.arg(host.home().join(".local/bin/cdx")).arg("--version").output().unwrap(), 0);

        let text = fs::read_to_string(&trace).unwrap();
        let is_process =
            |line: &&str| !line.contains("CLONE_THREAD") && !line.contains("resumed") && !line.contains("strace:") && line.contains('(');
        let processes = text.lines().filter(is_process).count();
        assert!((1..=25).contains(&processes), "{shell:?}: {processes} processes\n{text}");
        wait_for("the request to be logged", || server.requests("") > all);
        assert_eq!(server.requests("") - all, 1, "{shell:?}");
        assert_eq!(fs::metadata(host.auth_json()).unwrap().ino(), before, "the file was not touched");
        println!("{}: {processes} processes, 1 request", shell.join(" "));
    }
}

#[test]
fn up_says_in_one_sentence_what_is_wrong() {
    let dir = e2e::process::TempDir::new();
    let up = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(e2e::process::program("local-dev"));
        command.args(["up", "--no-open"]).args(args).env_remove("DATABASE_URL").envs(variables.iter().copied());
        let output = command.output().unwrap();
        expect_exit(&output, 1);
        stderr(&output)
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let free = e2e::process::free_port().to_string();
    let state = dir.path().join("state").display().to_string();

    assert!(up(&["--port", &port, "--state-dir", &state], &[]).contains("is in use"));
    assert!(up(&["--port", &free, "--state-dir", "/proc/nowhere"], &[]).contains("--state-dir"));
    assert!(up(&["--port", &free, "--state-dir", &state], &[("DATABASE_URL", "mysql://x:x@127.0.0.1:1/x")]).contains("check DATABASE_URL"));
    assert!(
        up(&["--port", &free, "--state-dir", &state], &[("DATABASE_URL", "mysql://x:x@127.0.0.1:1/x"), ("AUTH_ENCRYPTION_KEY", "short")])
            .contains("AUTH_ENCRYPTION_KEY")
    );
}

#[test]
fn a_killed_server_comes_back_with_everything() {
    let (openai, mut server) = ready(OLD);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let hosts: Value = server.admin("GET", "/admin/hosts", &json!({}));

    server.kill();
    server.resume();

    assert_eq!(server.admin("GET", "/admin/hosts", &json!({}))["hosts"][0]["fqdn"], hosts["hosts"][0]["fqdn"]);
    ask(&host, "still there");
}
