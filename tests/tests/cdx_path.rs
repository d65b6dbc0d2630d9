//! The path of a login from the server to Codex: what a login shell gets from `cdx`, and what the doctor finds on it.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, Settings, TempDir};
use e2e::ready::{expire, host, openai, plain_codex, ready, renew, seed};
use fake_openai::LoginOptions;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::json;
use shared::clock::Clock;

const CODEX: &str = "0.169.0";
const NOBODY: &str = "http://127.0.0.1:9";
const PRINT: &str = "printf '%s|%s|%s' \"${CODEX_REFRESH_TOKEN_URL_OVERRIDE-none}\" \"${CODEX_REVOKE_TOKEN_URL_OVERRIDE-none}\" \"${CODEX_CA_CERTIFICATE-none}\"";

#[test]
fn a_login_shell_covers_a_plain_codex() {
    let (openai, server) = ready(CODEX);
    for shell in 0..SHELLS.len() {
        let host = host(&openai, &server, &format!("host-{shell}"), shell);
        let newer = renew(&openai, &server);
        expire(&openai, &host);
        let handle = host.login()["tokens"]["refresh_token"].clone();

        let turn = plain_codex(&host, "exec --skip-git-repo-check hello");

        expect_exit(&turn, 0);
        assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: hello", "{}", stderr(&turn));
        assert_eq!((&host.login()["tokens"]["access_token"], &host.login()["tokens"]["refresh_token"]), (&newer, &handle));
        expect_exit(&plain_codex(&host, "logout"), 0);
        assert_eq!(server.requests("/oauth/revoke"), shell + 1, "the logout came here");
    }
    assert!(server.requests("/oauth/token") >= SHELLS.len(), "Codex asked this server");
    assert_eq!((openai.count("POST", "/oauth/token"), openai.count("POST", "/oauth/revoke")), (0, 0), "and nobody else");
}

/// A machine with the script and nothing that answers.
fn offline_host(shell: usize, base: &str, cacert: &str) -> Host {
    let host = Host::new("a.example", SHELLS[shell], NOBODY);
    let (bin, conf) = (host.home().join(".local/bin"), host.home().join(".config/cdx"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&conf).unwrap();
    executable(&bin.join("cdx"), shared::wrapper::SCRIPT);
    let quoted = |value: &str| format!("'{}'", value.replace('\'', "'\\''"));
    let text = format!("cdx_base={}\ncdx_key='k'\ncdx_fqdn='a.example'\ncdx_cacert={}\n", quoted(base), quoted(cacert));
    fs::write(conf.join("host.conf"), text).unwrap();
    host
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_host_conf_says_is_data_in_every_shell() {
    let (base, cacert) = ("https://it's.example/$(touch \"$HOME/ran\")`touch $HOME/ran`\\n\"q\"", "/a b/c'a\\.pem");
    for (number, shell) in SHELLS.iter().enumerate() {
        let host = offline_host(number, base, cacert);
        let cdx = format!("{} \"$HOME/.local/bin/cdx\"", shell.join(" "));

        let printed = host.shell(&format!("eval \"$({cdx} --shellenv)\" && {PRINT}"));

        expect_exit(&printed, 0);
        assert_eq!(stdout(&printed), format!("{base}/oauth/token|{base}/oauth/revoke|{cacert}"), "{shell:?}");
        assert_eq!(stderr(&printed), "", "{shell:?}: a login shell says nothing");
        assert!(!host.home().join("ran").exists() && !host.codex_home().join(".cdx").exists(), "{shell:?}: nothing ran or was made");
        let fish = stdout(&host.cdx(&["--shellenv", "fish"]));
        let line = format!("set -gx CODEX_CA_CERTIFICATE '{}'", cacert.replace('\\', "\\\\").replace('\'', "'\\''"));
        assert_eq!(fish.lines().last(), Some(line.as_str()), "{shell:?}");
        expect_exit(&host.cdx(&["--shellenv", "tcsh"]), 64);
    }
}

#[test]
fn a_host_with_the_real_refresh_token_asks_openai() {
    for shell in 0..SHELLS.len() {
        let host = offline_host(shell, NOBODY, "");
        let elsewhere = [("CODEX_REFRESH_TOKEN_URL_OVERRIDE", "http://elsewhere"), ("CODEX_REVOKE_TOKEN_URL_OVERRIDE", "http://elsewhere")];
        let codex = host.home().join("codex");
        executable(&codex, &format!("#!/bin/sh\n[ \"${{1:-}}\" = --version ] && echo codex-cli {CODEX} && exit\n{PRINT}\n"));
        fs::create_dir(host.codex_home().join(".cdx")).unwrap();
        fs::write(host.auth_json(), "{}").unwrap();
        let state = |mode: &str| format!("lease='604800'\nsynced_at='{}'\nrefresh_mode='{mode}'\n", Clock::System.now().timestamp());
        let run = |mode: &str| {
            fs::write(host.codex_home().join(".cdx/state"), state(mode)).unwrap();
            let mut command = host.cdx_command(&["run"]);
            let run = command.env("CDX_CODEX", &codex).envs(elsewhere).output().unwrap();
            expect_exit(&run, 0);
            run
        };

        let (broker, direct) = (run("broker"), run("direct"));

        assert_eq!(stdout(&broker), format!("{NOBODY}/oauth/token|{NOBODY}/oauth/revoke|none"));
        assert_eq!(stdout(&direct), "none|none|none");
        for name in elsewhere.map(|(name, _)| name) {
            let notice = format!("{name} pointed elsewhere and is not used");
            assert!(stderr(&broker).contains(&notice) && stderr(&direct).contains(&notice), "{}", stderr(&direct));
        }
        assert_eq!(stdout(&host.cdx(&["--shellenv"])), "unset CODEX_REFRESH_TOKEN_URL_OVERRIDE\nunset CODEX_REVOKE_TOKEN_URL_OVERRIDE\n");
    }
}

/// A certificate authority and the server's certificate of it: CA, certificate, key.
fn certificates(dir: &Path) -> [PathBuf; 3] {
    let paths = ["ca.pem", "server.crt", "server.key"].map(|name| dir.join(name));
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    fs::write(&paths[0], authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    // Otherwise both have one name, and the certificate looks like its own issuer.
    server.distinguished_name.push(DnType::CommonName, "server");
    let signed = server.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    fs::write(&paths[1], signed.pem()).unwrap();
    fs::write(&paths[2], key.serialize_pem()).unwrap();
    paths
}

#[test]
fn a_private_ca_reaches_codex_with_the_login() {
    let (dir, openai) = (TempDir::new(), openai(CODEX));
    let [ca, certificate, key] = certificates(dir.path());
    let arguments = ["--tls-cert".into(), certificate.into(), "--tls-key".into(), key.into()].into();
    let server = Server::with(Settings { arguments, variables: vec![("CODEX_RELEASES_API_URL", openai.url())], cacert: Some(ca.clone()) });
    seed(&openai, &server, CODEX);
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    let answer = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": host.fqdn }));
    let command = answer["installer"]["command"].as_str().unwrap();
    let ca = ca.display();
    expect_exit(&host.shell(&format!("export CDX_CACERT='{ca}' CURL_CA_BUNDLE='{ca}'; {command}")), 0);

    let newer = renew(&openai, &server);
    expire(&openai, &host);

    let turn = plain_codex(&host, "exec --skip-git-repo-check hello");

    expect_exit(&turn, 0);
    assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: hello", "{}", stderr(&turn));
    assert_eq!(host.login()["tokens"]["access_token"], newer);
    assert!(server.requests("/oauth/token") >= 1);
    expect_exit(&host.cdx(&["--doctor"]), 0);
    let codex = host.home().join("codex");
    executable(&codex, &format!("#!/bin/sh\n{PRINT}\n"));
    let run = host.cdx_command(&["run"]).env("CDX_CODEX", &codex).output().unwrap();
    assert_eq!(stdout(&run), format!("{0}/oauth/token|{0}/oauth/revoke|{ca}", server.url()));
}

/// The tokens in a host's file, and its key.
fn secrets(host: &Host) -> Vec<String> {
    let file = fs::read(host.auth_json()).unwrap_or_default();
    let login: serde_json::Value = serde_json::from_slice(&file).unwrap_or_default();
    let tokens = ["access_token", "refresh_token", "id_token"].map(|name| login["tokens"][name].as_str().map(str::to_owned));
    let conf = fs::read_to_string(host.home().join(".config/cdx/host.conf")).unwrap();
    let key = conf.lines().find_map(|line| line.strip_prefix("cdx_key='")).unwrap().trim_end_matches('\'').to_owned();
    // The key of a machine that has no server is one letter.
    tokens.into_iter().flatten().chain([key]).filter(|secret| secret.len() > 10).collect()
}

/// What the doctor says; never anything secret.
fn doctor(host: &Host, code: i32) -> String {
    let before = secrets(host);
    let output = host.cdx(&["--doctor"]);
    expect_exit(&output, code);
    let said = format!("{}{}", stdout(&output), stderr(&output));
    for secret in before.into_iter().chain(secrets(host)) {
        assert!(!said.contains(&secret), "a secret is shown: {said}");
    }
    assert_eq!(said.contains("FAIL"), code != 0, "{said}");
    said
}

#[test]
fn the_doctor_proves_a_healthy_path_and_changes_nothing() {
    let (openai, server) = ready(CODEX);
    for shell in 0..SHELLS.len() {
        let host = host(&openai, &server, &format!("host-{shell}"), shell);
        let before = (fs::read(host.auth_json()).unwrap(), fs::metadata(host.auth_json()).unwrap().ino());

        let said = doctor(&host, 0);

        assert!(said.contains("ok    the server exchanges this host's handle (HTTP 200)"), "{said}");
        assert!(said.contains("is not covered: CODEX_REFRESH_TOKEN_URL_OVERRIDE is not set"), "{said}");
        assert!(said.contains("login shells are not covered"), "{said}");
        assert_eq!((fs::read(host.auth_json()).unwrap(), fs::metadata(host.auth_json()).unwrap().ino()), before);
        fs::write(host.home().join(".profile"), "eval \"$(cdx --shellenv)\"\n").unwrap();
        let mut command = host.cdx_command(&["--doctor"]);
        let variables = [("CODEX_REFRESH_TOKEN_URL_OVERRIDE", "http://elsewhere"), ("HTTPS_PROXY", "http://me:pass@proxy:3128")];
        let told = command.envs(variables).output().unwrap();
        expect_exit(&told, 0);
        let said = stdout(&told);
        assert!(said.contains("CODEX_REFRESH_TOKEN_URL_OVERRIDE points elsewhere (http://elsewhere)"), "{said}");
        assert!(said.contains("HTTPS_PROXY is http://(user)@proxy:3128") && !said.contains("pass@"), "{said}");
        assert!(said.contains(&format!("covered by {}", host.home().join(".profile").display())), "{said}");
    }
}

#[test]
fn no_secret_of_the_doctor_is_in_the_process_list() {
    let (openai, server) = ready(CODEX);
    for (shell, words) in SHELLS.iter().enumerate() {
        let host = host(&openai, &server, &format!("host-{shell}"), shell);
        let trace = host.home().join("trace");
        let mut command = host.command("strace");
        command.args(["-f", "-qq", "-s", "100000", "-e", "trace=execve", "-o"]).arg(&trace).args(*words);

        expect_exit(&command.arg(host.home().join(".local/bin/cdx")).arg("--doctor").output().unwrap(), 0);

        let seen = fs::read_to_string(&trace).unwrap();
        assert!(seen.matches("curl").count() >= 3, "{words:?}: {seen}");
        for secret in secrets(&host) {
            assert!(!seen.contains(&secret), "{words:?}: {seen}");
        }
    }
}

/// `POST /oauth/revoke` for the handle in a host's file, as another program of that host might.
fn retire(host: &Host, server: &Server) {
    let handle = host.login()["tokens"]["refresh_token"].clone();
    server.curl("POST", "/oauth/revoke", &json!({ "token": handle }).to_string());
}

fn names(host: &Host, parts: &[&str]) {
    let said = doctor(host, 1);
    for part in parts {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_doctor_names_a_login_that_other_hosts_can_lose() {
    let (openai, server) = ready(CODEX);
    for shell in 0..SHELLS.len() {
        let host = host(&openai, &server, &format!("host-{shell}"), shell);

        retire(&host, &server);
        names(&host, &["HTTP 401 refresh_token_invalidated", "ok    the server exchanges the handle that came with the synchronisation"]);
        doctor(&host, 0);

        expect_exit(&plain_codex(&host, "logout"), 0);
        let said = doctor(&host, 0);
        assert!(said.contains("there was no login here, as after codex logout; the synchronisation brought one"), "{said}");

        fs::write(host.auth_json(), openai.login(LoginOptions::default()).to_string()).unwrap();
        names(&host, &["held a real refresh token", "has replaced it by a handle"]);
        doctor(&host, 0);
    }
}

#[test]
fn the_doctor_names_what_is_wrong_between_host_and_server() {
    let (openai, mut server) = ready(CODEX);
    let host = host(&openai, &server, "a", 1);
    let conf = host.home().join(".config/cdx/host.conf");
    let text = fs::read_to_string(&conf).unwrap();
    let key = text.lines().find(|line| line.starts_with("cdx_key=")).unwrap();

    fs::write(&conf, text.replace(key, &format!("{}x'", key.trim_end_matches('\'')))).unwrap();
    names(&host, &["refuses this host (HTTP 401 invalid_api_key)", "ask an operator for a new install command"]);
    assert!(host.auth_json().exists(), "the doctor removes nothing");
    fs::write(&conf, &text).unwrap();
    fs::write(host.codex_home().join(".cdx/outbox/auth.json"), "{}").unwrap();
    server.stop();
    names(
        &host,
        &["FAIL  the server does not answer as it should (curl: (7)", "what needs the server was not tried", "FAIL  a changed login waits"],
    );
    let real = openai.login(LoginOptions::default());
    fs::write(host.auth_json(), real.to_string()).unwrap();
    names(&host, &["held a real refresh token", "it is still there: run cdx --sync"]);
    fs::remove_file(host.auth_json()).unwrap();
    names(&host, &["FAIL  there is no login"]);
}

#[test]
fn the_doctor_says_not_now_when_the_fleet_is_switched_off() {
    let (openai, server) = ready(CODEX);
    let host = host(&openai, &server, "a", 2);
    server.admin("POST", "/admin/api/state", &json!({ "disabled": true }));

    names(&host, &["info  not now: api_disabled", "FAIL  the server refuses this host (HTTP 503 api_disabled)"]);
}

/// A server that answers everything with one refusal.
fn refusing(code: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // Small requests come in one piece or two; what is left is of no interest.
            stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
            let body = format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"no\"}}}}");
            let head = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-type: application/json";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    url
}

#[test]
fn not_now_is_a_failure_only_when_somebody_must_act() {
    for (code, line) in [
        ("rate_limited", "info  not now: rate_limited"),
        ("needs_login", "FAIL  not now: needs_login: the fleet's login has ended, an operator has to sign in again"),
        ("temporarily_unavailable", "FAIL  not now: temporarily_unavailable"),
    ] {
        let host = offline_host(1, &refusing(code), "");
        let login = json!({ "tokens": { "access_token": "a-secret-access-token", "refresh_token": "cdxr_a-secret-handle" } });
        fs::write(host.auth_json(), format!("{login:#}")).unwrap();

        names(&host, &[line]);
    }
}
