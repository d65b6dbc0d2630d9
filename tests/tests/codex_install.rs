//! What `cdx` installs and when, with real shells, the real server, and releases that are shell scripts.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, Settings, TempDir, wait_for};
use e2e::small_release::publish;
use fake_openai::{FakeOpenAi, Fault, LoginOptions, Options};
use serde_json::{Value, json};

/// One binary; a package; a newer package.
const BINARY: &str = "0.80.1";
const OLD: &str = "0.149.0";
const NEW: &str = "0.150.0";
/// What every Codex here does: it says which one it is, and fails when told to.
const DOES: &str = "echo ran VERSION; [ \"${1:-}\" = fail ] && exit 3; exit 0";

struct World {
    releases: TempDir,
    openai: FakeOpenAi,
    server: Server,
}

impl World {
    fn with(more: &[(&'static str, String)], versions: &[&str]) -> Self {
        let releases = TempDir::new();
        for version in versions {
            publish(releases.path(), version, DOES);
        }
        let openai = FakeOpenAi::start(Options { releases_dir: Some(releases.path().to_owned()), ..Options::default() }).unwrap();
        let mut variables = vec![("CODEX_RELEASES_API_URL", openai.url())];
        variables.extend(more.iter().cloned());
        let server = Server::with(Settings { variables, ..Settings::default() });
        server.admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
        Self { releases, openai, server }
    }

    fn pin(&self, version: &str) {
        self.server.admin("POST", "/admin/codex-version", &json!({ "selection": version }));
    }

    /// The newest release becomes this one, and nobody is pinned.
    fn newest(&self, version: &str) {
        publish(self.releases.path(), version, DOES);
        self.server.admin("POST", "/admin/codex-version", &json!({ "selection": "latest" }));
    }

    fn host(&self, name: &str, shell: usize) -> Host {
        let host = Host::new(&format!("{name}.example"), SHELLS[shell], &self.openai.url());
        expect_exit(&host.install(&self.server, &json!({})), 0);
        host
    }

    /// Downloads of release files so far.
    fn downloads(&self) -> usize {
        self.openai.requests().iter().filter(|seen| seen.path.contains("/download/")).count()
    }
}

fn installed(host: &Host) -> PathBuf {
    host.home().join(".local/share/cdx/codex")
}

/// The version `cdx` runs next.
fn current(host: &Host) -> String {
    let link = fs::read_link(installed(host).join("current")).unwrap();
    link.file_name().unwrap().to_string_lossy().into_owned()
}

/// Which Codex a run was of.
fn ran(host: &Host, args: &[&str]) -> String {
    let output = host.cdx(args);
    let said = stdout(&output);
    said.trim().strip_prefix("ran ").unwrap_or_else(|| panic!("{said} {}", stderr(&output))).to_owned()
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_pin_moves_a_host_either_way_before_it_runs() {
    let world = World::with(&[], &[BINARY, OLD, NEW]);
    for shell in 0..SHELLS.len() {
        world.pin(NEW);
        let host = world.host(&format!("host-{shell}"), shell);
        assert_eq!((ran(&host, &["run"]), current(&host)), (NEW.into(), NEW.into()));
        assert!(installed(&host).join(NEW).join("codex-path/rg").exists(), "the whole package");

        world.pin(OLD);
        assert_eq!(ran(&host, &["run"]), OLD, "{shell}: down");
        world.pin(BINARY);
        assert_eq!(ran(&host, &["run"]), BINARY, "{shell}: one binary");
        let before = world.downloads();
        world.pin(OLD);
        assert_eq!(ran(&host, &["run"]), OLD, "{shell}: up");
        assert_eq!(world.downloads(), before, "{shell}: it was still there");
        let left: Vec<_> = fs::read_dir(installed(&host)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(
            left.iter().all(|name| name == "current" || name.starts_with(|c: char| c.is_ascii_digit())),
            "nothing is left over: {left:?}"
        );
        let shown = world.server.admin("GET", "/admin/hosts", &json!({}));
        let reported = shown["hosts"].as_array().unwrap().iter().find(|one| one["fqdn"] == host.fqdn).unwrap()["client_version"].clone();
        assert_eq!(reported, OLD, "the server knows at once what runs");
    }
}

#[test]
fn what_is_only_newer_is_installed_behind_the_run_and_never_downwards() {
    let world = World::with(&[], &[OLD]);
    world.pin(OLD);
    let hosts: Vec<_> = (0..SHELLS.len()).map(|shell| world.host(&format!("host-{shell}"), shell)).collect();
    world.newest(NEW);
    for (shell, host) in hosts.iter().enumerate() {
        assert_eq!(ran(host, &["run"]), OLD, "{shell}: the run did not wait");
        wait_for("the new Codex", || current(host) == NEW);
        wait_for("its end", || !installed(host).join("installing").exists());
        assert_eq!(ran(host, &["run"]), NEW);
    }
    publish(world.releases.path(), "0.151.0", DOES);
    world.server.admin("POST", "/admin/versions/check", &json!({}));
    expect_exit(&hosts[0].cdx(&["--cron"]), 0);
    assert_eq!(current(&hosts[0]), "0.151.0", "a timer waits for it");

    fs::remove_dir_all(world.releases.path().join("0.151.0")).unwrap();
    world.server.admin("POST", "/admin/versions/check", &json!({}));
    let output = hosts[0].cdx(&["--update"]);
    expect_exit(&output, 0);
    assert_eq!(current(&hosts[0]), "0.151.0", "the newest is older now, and nobody said that it must be: {}", stderr(&output));
}

#[test]
fn what_failed_is_left_alone_for_a_while() {
    let world = World::with(&[], &[OLD, NEW]);
    for shell in 0..SHELLS.len() {
        world.pin(OLD);
        let host = world.host(&format!("host-{shell}"), shell);
        world.pin(NEW);
        let fail = || world.openai.fault(Fault::status("/openai/codex/releases/download", 404));

        fail();
        let output = host.cdx(&["run"]);
        assert_eq!(stdout(&output).trim(), format!("ran {OLD}"), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("could not be downloaded") && stderr(&output).contains(&format!("not of {NEW}")),
            "{}",
            stderr(&output)
        );

        let before = world.downloads();
        let again = host.cdx(&["run"]);
        assert!(stderr(&again).contains("could not be installed 1 times: it is tried again in 10 minutes"), "{}", stderr(&again));
        assert_eq!(world.downloads(), before, "{shell}: not on every run");
        fail();
        expect_exit(&host.cdx(&["--update"]), 1);
        assert_eq!(world.downloads(), before + 1, "{shell}: somebody asked for it");
        let noted = fs::read_to_string(installed(&host).join("failed")).unwrap();
        assert!(noted.starts_with(&format!("{NEW} 2 ")), "{noted}");

        // The time passes.
        fs::write(installed(&host).join("failed"), format!("{NEW} 2 1\n")).unwrap();
        assert_eq!(ran(&host, &["run"]), NEW);
        assert!(!installed(&host).join("failed").exists());
    }
}

#[test]
fn what_is_not_what_was_published_is_never_used() {
    let world = World::with(&[], &[OLD, NEW]);
    world.pin(OLD);
    let host = world.host("a", 1);
    world.pin(NEW);
    // The list said this digest; what comes is another file, or one that does not start.
    publish(world.releases.path(), NEW, "exit 9 # changed on the way");

    let output = host.cdx(&["run"]);

    assert!(stderr(&output).contains("is not the published one and is not used"), "{}", stderr(&output));
    assert_eq!((stdout(&output).trim(), current(&host)), (format!("ran {OLD}").as_str(), OLD.to_owned()));
    assert!(!installed(&host).join(NEW).exists());
}

#[test]
fn a_codex_of_somebody_else_stays_and_one_that_was_named_is_used() {
    let world = World::with(&[], &[OLD, NEW]);
    world.pin(OLD);
    let host = Host::new("a.example", SHELLS[1], &world.openai.url());
    // As npm leaves it: a link to a script of its own.
    let (bin, npm) = (host.home().join(".local/bin"), host.home().join("lib/node_modules/@openai/codex/bin"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&npm).unwrap();
    let script = "#!/bin/sh\n[ \"${1:-}\" = --version ] && echo codex-cli 0.100.0 && exit\necho ran npm\n";
    executable(&npm.join("codex.js"), script);
    std::os::unix::fs::symlink(npm.join("codex.js"), bin.join("codex")).unwrap();

    expect_exit(&host.install(&world.server, &json!({})), 0);
    world.pin(NEW);

    assert_eq!(ran(&host, &["run"]), NEW, "its own from now on");
    assert_eq!(fs::read_to_string(npm.join("codex.js")).unwrap(), script);
    assert_eq!(fs::read_link(bin.join("codex")).unwrap(), npm.join("codex.js"), "the link is npm's");
    world.pin(OLD);
    let before = world.downloads();
    let named = host.cdx_command(&["run"]).env("CDX_CODEX", npm.join("codex.js")).output().unwrap();
    assert_eq!((stdout(&named).trim(), world.downloads()), ("ran npm", before), "{}", stderr(&named));
    assert_eq!(current(&host), NEW, "nothing was done for a run that has its Codex");
}

#[test]
fn a_killed_installation_holds_nobody_up_and_two_do_not_meet() {
    let world = World::with(&[], &[OLD, NEW]);
    world.pin(OLD);
    let host = world.host("a", 2);
    world.pin(NEW);
    let (lock, leftover) = (installed(&host).join("installing"), installed(&host).join("new.1"));
    fs::create_dir(&lock).unwrap();
    fs::write(lock.join("pid"), format!("{}\n", std::process::id())).unwrap();
    fs::create_dir(&leftover).unwrap();

    assert_eq!(ran(&host, &["run"]), OLD, "this test installs, as far as the script can tell");
    assert!(leftover.exists() && !installed(&host).join("failed").exists());
    fs::write(lock.join("pid"), "999999999\n").unwrap();
    assert_eq!(ran(&host, &["run"]), NEW, "and now it was killed");

    assert!(!leftover.exists() && !lock.exists());
}

#[test]
fn a_mirror_serves_hosts_that_do_not_reach_github() {
    let (files, releases) = (TempDir::new(), "/openai/codex/releases/download");
    publish(files.path(), BINARY, DOES);
    publish(files.path(), NEW, DOES);
    let mirror = FakeOpenAi::start(Options { releases_dir: Some(files.path().to_owned()), ..Options::default() }).unwrap();
    let world = World::with(&[("CODEX_MIRROR_URL", format!("{}{releases}/", mirror.url()))], &[]);
    // The same files: a mirror copies them.
    for version in [BINARY, NEW] {
        let to = world.releases.path().join(version);
        fs::create_dir(&to).unwrap();
        for entry in fs::read_dir(files.path().join(version)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    world.pin(NEW);

    let host = world.host("a", 0);

    assert_eq!(ran(&host, &["run"]), NEW);
    let asset = "codex-package-x86_64-unknown-linux-musl.tar.gz";
    assert_eq!((mirror.count("GET", &format!("{releases}/rust-v{NEW}/{asset}")), world.downloads()), (1, 0));
    world.pin(BINARY);
    publish(files.path(), BINARY, "exit 9 # a mirror that is not honest");
    let output = host.cdx(&["run"]);
    assert!(stderr(&output).contains("is not the published one"), "{}", stderr(&output));
    assert_eq!(current(&host), NEW);
}

#[test]
fn how_a_run_ended_is_told_once_with_the_next_request() {
    let world = World::with(&[], &[OLD, NEW]);
    world.pin(OLD);
    for shell in 0..SHELLS.len() {
        let host = world.host(&format!("host-{shell}"), shell);
        world.server.admin("POST", &format!("/admin/hosts/{}/labels", shell + 1), &json!({ "tags": ["canary"] }));
        let told = host.codex_home().join(".cdx/ran");

        expect_exit(&host.cdx(&["fail"]), 3);
        let text = fs::read_to_string(&told).unwrap();
        assert!(text.starts_with(&format!("{OLD} 3 ")) && text.lines().count() == 1, "{shell}: {text:?}");
        expect_exit(&host.cdx(&["--sync", "--dry-run"]), 0);
        assert_eq!(fs::read_to_string(&told).unwrap(), text, "{shell}: a dry run remembers nothing");
        let requests = world.server.requests("");
        expect_exit(&host.cdx(&["--sync"]), 0);
        assert_eq!(fs::read_to_string(&told).unwrap(), "", "{shell}: it is told");
        wait_for("the request in the log", || world.server.requests("") > requests);
        assert_eq!(world.server.requests("") - requests, 1, "{shell}: with a request that was made anyway");
        expect_exit(&host.cdx(&["run"]), 0);
    }

    let started = world.server.admin("POST", "/admin/rollout", &json!({ "version": NEW, "tag": "canary" }));
    assert_eq!(started["hosts_in_ring"], 3);
    let host = world.host("late", 1);
    world.server.admin("POST", "/admin/hosts/4/labels", &json!({ "tags": ["canary"] }));
    expect_exit(&host.cdx(&["fail"]), 3);
    expect_exit(&host.cdx(&["run"]), 0);
    let seen = world.server.admin("GET", "/admin/rollout", &json!({}));
    let of =
        |version: &str| seen["versions"].as_array().unwrap().iter().find(|one| one["version"] == version).cloned().unwrap_or(Value::Null);
    assert_eq!((&of(NEW)["launches"], &of(NEW)["failures"]), (&json!(1), &json!(1)), "{seen}");
    world.server.admin("POST", "/admin/rollout/stop", &json!({}));
    assert_eq!(ran(&host, &["run"]), OLD, "back");
}
