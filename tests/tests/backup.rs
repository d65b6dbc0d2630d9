//! Copies with the real program and MariaDB's own: made beside a server, damaged, killed, tried, brought back on another machine.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use e2e::host::{expect_exit, stderr, stdout};
use e2e::process::{Server, Settings, TempDir, program, wait_for};
use fake_openai::{FakeOpenAi, LoginOptions, Options};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, MySqlConnection};

const PASSPHRASE: &str = "correct horse battery staple";

/// A folder with a passphrase, and copies.
struct Copies(TempDir);

impl Copies {
    fn new() -> Self {
        let copies = Self(TempDir::new());
        copies.passphrase("passphrase", PASSPHRASE);
        copies
    }

    fn passphrase(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        path
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("copies")
    }

    /// Options of `backup`.
    fn options(&self) -> Vec<OsString> {
        vec!["--to".into(), self.folder().into(), "--passphrase-file".into(), self.0.path().join("passphrase").into()]
    }

    /// What is in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder()) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The names of whole copies.
    fn whole(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| name.ends_with(".backup")).collect()
    }

    /// The one copy there is.
    fn only(&self) -> PathBuf {
        let whole = self.whole();
        assert_eq!(whole.len(), 1, "{:?}", self.names());
        self.folder().join(&whole[0])
    }
}

/// `local-dev` with these words.
fn local_dev(words: &[&str]) -> Command {
    let mut command = Command::new(program("local-dev"));
    command.args(words).env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

fn backup(server: &Server, copies: &Copies) -> Command {
    let mut command = local_dev(&["backup", "--state-dir"]);
    command.arg(server.dir().join("state")).args(copies.options());
    command
}

fn verify(file: &Path, passphrase: &Path) -> Output {
    local_dev(&["backup", "verify", "--passphrase-file"]).arg(passphrase).arg(file).output().unwrap()
}

fn restore(file: &Path, passphrase: &Path, state: &Path, more: &[&str]) -> Output {
    local_dev(&["restore", "--passphrase-file"]).arg(passphrase).arg("--state-dir").arg(state).args(more).arg(file).output().unwrap()
}

fn settings(openai: &str) -> Settings {
    let variables = vec![
        ("CODEX_RELEASES_API_URL", openai.to_owned()),
        ("OPENAI_TOKEN_URL", format!("{openai}/oauth/token")),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
    ];
    Settings { variables, ..Settings::default() }
}

/// `POST /auth` as a host.
fn retrieve(server: &Server, key: &str) -> Value {
    let body = json!({ "command": "retrieve", "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z" }).to_string();
    let headers = ["-H", "content-type: application/json", "-H", &format!("x-api-key: {key}")];
    let output =
        Command::new("curl").args(["-sS", "-m", "20"]).args(headers).args(["-d", &body, &format!("{}/auth", server.url())]).output();
    serde_json::from_slice(&output.unwrap().stdout).unwrap()
}

fn register(server: &Server, fqdn: &str) -> String {
    let answer = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": fqdn }));
    answer["host"]["api_key"].as_str().unwrap().to_owned()
}

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A server with a login that it should refresh but cannot, a host that has its key, and a configuration.
fn fleet() -> (FakeOpenAi, Server, String) {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let server = Server::with(settings(NOWHERE));
    let expired = openai.login(LoginOptions { access_lifetime_seconds: -60, ..LoginOptions::default() });
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": expired }));
    server.admin("POST", "/admin/config/store", &json!({ "settings": { "model": "gpt-5.5", "orchestrator_mcp_enabled": false } }));
    let key = register(&server, "a.example");
    assert_eq!(retrieve(&server, &key)["status"], "ok");
    (openai, server, key)
}

/// Lets a job run, and waits for its end.
fn run_job(server: &Server, name: &str) {
    let ended = || {
        let jobs = server.admin("GET", "/admin/jobs", &Value::Null);
        jobs["jobs"].as_array().unwrap().iter().find(|job| job["name"] == name).unwrap()["ended_at"].clone()
    };
    let before = ended();
    wait_for("the job to end", || {
        server.admin("POST", &format!("/admin/jobs/{name}/run"), &Value::Null);
        ended() != before
    });
}

/// How often any refresh token was shown to `OpenAI`.
fn presented(openai: &FakeOpenAi) -> u32 {
    openai.with(|state| state.families.refresh_tokens.values().map(|token| token.presented).sum())
}

#[test]
fn another_machine_goes_on_with_a_copy_and_does_not_spend_its_refresh_token() {
    let (openai, mut server, key) = fleet();
    let copies = Copies::new();
    let passphrase = copies.0.path().join("passphrase");
    let writing = AtomicBool::new(true);

    let made = thread::scope(|scope| {
        // Hosts come meanwhile: the copy is what was there at one moment, so its audit is whole.
        scope.spawn(|| {
            for number in 0.. {
                if !writing.load(Ordering::SeqCst) {
                    return;
                }
                register(&server, &format!("b{number}.example"));
            }
        });
        let made = backup(&server, &copies).output().unwrap();
        writing.store(false, Ordering::SeqCst);
        made
    });

    expect_exit(&made, 0);
    assert!(stdout(&made).contains("secrets open") && stdout(&made).contains("entries of the audit are intact"), "{made:?}");
    let file = copies.only();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let encryption_key = fs::read_to_string(server.dir().join("state/encryption-key")).unwrap();
    let bytes = fs::read(&file).unwrap();
    for secret in ["INSERT INTO", "manifest.json", encryption_key.trim(), "a.example"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} stands in it");
    }
    let again = restore(&file, &passphrase, &server.dir().join("state"), &[]);
    expect_exit(&again, 1);
    assert!(stderr(&again).contains("restore into an empty one"), "{again:?}");
    server.stop();

    let elsewhere = TempDir::new();
    let state = elsewhere.path().join("state");
    let restored = restore(&file, &passphrase, &state, &[]);

    expect_exit(&restored, 0);
    assert!(stdout(&restored).contains("may have been spent since") && stdout(&restored).contains("rotate-now"), "{restored:?}");
    assert_eq!(fs::read_to_string(state.join("encryption-key")).unwrap(), encryption_key);
    let before = presented(&openai);
    let other = Server::on(elsewhere, settings(&openai.url()));
    let answer = retrieve(&other, &key);
    assert!(answer["data"]["auth"]["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "{answer}");
    let config = other.admin("GET", "/admin/config", &Value::Null);
    assert!(config.to_string().contains("gpt-5.5"), "{config}");
    sql(&other, "UPDATE auth_lease SET not_before = NULL");
    let handle = answer["data"]["auth"]["tokens"]["refresh_token"].clone();
    let asked = json!({ "grant_type": "refresh_token", "refresh_token": handle }).to_string();
    let url = format!("{}/oauth/token", other.url());
    Command::new("curl").args(["-sS", "-H", "content-type: application/json", "-d", &asked, &url]).output().unwrap();
    run_job(&other, "refresh-login");
    let login = other.admin("GET", "/admin/auth", &Value::Null);
    assert_eq!((&login["state"], &login["code"]), (&json!("needs_login"), &json!("restored")), "{login}");
    assert_eq!(presented(&openai), before, "nobody asked a person");

    other.admin("POST", "/admin/auth/rotate-now", &json!({}));

    assert_eq!(other.admin("GET", "/admin/auth", &Value::Null)["state"], "ok", "a person said so, and it was not spent");
    assert_eq!(presented(&openai), before + 1);
    let audit = other.command(&["audit", "verify"], &[]);
    expect_exit(&audit, 0);
    assert!(other.curl("GET", "/admin/audit?action=installation.restore", "").contains("local-dev restore"));
}

#[test]
fn what_was_damaged_is_refused_and_nothing_of_it_is_used() {
    let (_openai, server, _) = fleet();
    let copies = Copies::new();
    let passphrase = copies.0.path().join("passphrase");
    expect_exit(&backup(&server, &copies).arg("--no-verify").output().unwrap(), 0);
    let good = fs::read(copies.only()).unwrap();
    let (file, state) = (copies.0.path().join("damaged"), copies.0.path().join("state"));
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    // Another valid digit of the salt.
    let salted = || {
        let mut bytes = good.clone();
        bytes[40] = if bytes[40] == b'A' { b'B' } else { b'A' };
        bytes
    };
    let longer = || [good.as_slice(), b"x"].concat();
    for (what, bytes, says) in [
        ("the last byte is missing", good[..good.len() - 1].to_vec(), "cut short or changed"),
        ("half is missing", good[..good.len() / 2].to_vec(), "cut short or changed"),
        ("nothing but the header", good[..200].to_vec(), "cut short or changed"),
        ("a bit in the middle", flipped(good.len() / 2), "cut short or changed"),
        ("a bit at the end", flipped(good.len() - 1), "cut short or changed"),
        ("a letter of the header", salted(), "the beginning of the file was changed"),
        ("a byte more", longer(), "cut short or changed"),
        ("something else", b"-- MariaDB dump".to_vec(), "no copy made by local-dev backup"),
        ("nothing", Vec::new(), "no copy made by local-dev backup"),
    ] {
        fs::write(&file, bytes).unwrap();

        let refused = restore(&file, &passphrase, &state, &[]);

        expect_exit(&refused, 1);
        assert!(stderr(&refused).contains(says), "{what}: {}", stderr(&refused));
        assert!(!state.exists(), "{what}: the state folder was touched");
    }
    let other = copies.passphrase("other", "correct horse battery stapler");
    for refused in [verify(&copies.only(), &other), restore(&copies.only(), &other, &state, &[])] {
        expect_exit(&refused, 1);
        assert!(stderr(&refused).contains("the passphrase is another one"), "{refused:?}");
        assert!(!stderr(&refused).contains("stapler"));
    }
    fs::write(&file, flipped(good.len() / 2)).unwrap();
    expect_exit(&verify(&file, &passphrase), 1);
    expect_exit(&verify(&copies.only(), &passphrase), 0);
    let none = restore(&copies.only(), &copies.passphrase("short", "hunter2"), &state, &[]);
    assert!(stderr(&none).contains("less than 12 characters"), "{none:?}");
}

/// Where a program of this machine is.
fn installed(name: &str) -> PathBuf {
    let path = shared::config::variable("PATH").unwrap();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap()
}

/// A `PATH` that begins with a folder where this program is a script; the real one is `"$real"` in it.
fn with_script(dir: &Path, name: &str, lines: &str) -> String {
    let script = dir.join(name);
    fs::write(&script, format!("#!/bin/sh\nreal={}\n{lines}\n", installed(name).display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", dir.display(), shared::config::variable("PATH").unwrap())
}

/// The same for `mariadb-dump`: it runs the real one between these lines.
fn with_dump(dir: &Path, before: &str, after: &str) -> String {
    with_script(dir, "mariadb-dump", &format!("{before}\n\"$real\" \"$@\"\n{after}"))
}

#[test]
fn a_killed_or_failed_run_leaves_no_copy_and_the_next_one_works() {
    let (_openai, server, _) = fleet();
    let (copies, bin) = (Copies::new(), TempDir::new());
    let slow = with_dump(bin.path(), "", "exec sleep 60");
    let mut running = backup(&server, &copies).env("PATH", slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("a copy in the making", || {
        assert!(running.try_wait().unwrap().is_none(), "it ended by itself");
        copies.names().iter().any(|name| name.ends_with(".backup.part"))
    });

    running.kill().unwrap();
    running.wait().unwrap();

    assert_eq!(copies.whole(), Vec::<String>::new());
    let left: Vec<_> = copies.names().into_iter().filter(|name| name.ends_with(".backup.part")).collect();
    assert_eq!(left.len(), 1);
    let long_ago = Command::new("touch").args(["-d", "2 hours ago"]).arg(copies.folder().join(&left[0])).status().unwrap();
    assert!(long_ago.success());
    release_lease(&server);
    let failing = with_dump(bin.path(), "", "echo 'the disk is gone' >&2; exit 3");
    let failed = backup(&server, &copies).env("PATH", failing).output().unwrap();
    expect_exit(&failed, 1);
    assert!(stderr(&failed).contains("mariadb-dump failed") && stderr(&failed).contains("the disk is gone"), "{failed:?}");
    assert_eq!(copies.names(), ["last-run.json"], "what was left long ago goes, and what has failed");

    expect_exit(&backup(&server, &copies).output().unwrap(), 0);
    copies.only();
}

/// The run of a killed process is somebody else's after half a minute: this lets it pass.
fn release_lease(server: &Server) {
    sql(server, "UPDATE scheduler_jobs SET lease_until = NULL WHERE name = 'backup'");
}

fn sql(server: &Server, statement: &'static str) {
    let url = server.database_url();
    block_on(async {
        let mut conn = MySqlConnection::connect(&url).await.unwrap();
        conn.execute(statement).await.unwrap();
    });
}

fn schemas(server: &Server) -> Vec<String> {
    let url = server.database_url();
    block_on(async {
        let mut conn = MySqlConnection::connect(&url).await.unwrap();
        let sql = "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata";
        let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut conn).await.unwrap();
        rows.into_iter().map(|(name,)| name).collect()
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn the_password_is_in_no_process_list_and_the_oldest_copies_go() {
    let (_openai, server, _) = fleet();
    let (copies, bin) = (Copies::new(), TempDir::new());
    fs::create_dir(copies.folder()).unwrap();
    let old = ["codex-auth-central-20250101T000000Z.backup", "codex-auth-central-20250102T000000Z.backup"];
    for name in old.iter().chain(&["codex-auth-central-before-upgrade.backup", "notes.txt"]) {
        fs::write(copies.folder().join(name), "x").unwrap();
    }
    let said = bin.path().join("arguments");
    let path = with_dump(bin.path(), &format!("printf '%s\\n' \"$@\" >'{}'", said.display()), "");

    let made = backup(&server, &copies).env("PATH", path).args(["--keep", "2"]).output().unwrap();

    expect_exit(&made, 0);
    let arguments = fs::read_to_string(&said).unwrap();
    let password = fs::read_to_string(server.dir().join("state/database-password")).unwrap();
    assert!(arguments.contains("--single-transaction") && !arguments.contains(password.trim()), "{arguments}");
    let names = copies.names();
    assert!(!names.contains(&old[0].to_owned()) && names.contains(&old[1].to_owned()), "{names:?}");
    assert!(names.iter().any(|name| name == "notes.txt") && names.iter().any(|name| name.contains("before-upgrade")), "{names:?}");
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn a_folder_of_another_installation_keeps_its_key_unless_somebody_says_so() {
    let (_openai, server, _) = fleet();
    let copies = Copies::new();
    let passphrase = copies.0.path().join("passphrase");
    expect_exit(&backup(&server, &copies).arg("--no-verify").output().unwrap(), 0);
    let state = copies.0.path().join("state");
    fs::create_dir(&state).unwrap();
    let other = shared::crypto::Keyring::generate();
    fs::write(state.join("encryption-key"), &other).unwrap();

    let refused = restore(&copies.only(), &passphrase, &state, &[]);

    expect_exit(&refused, 1);
    assert!(stderr(&refused).contains("--replace-keys"), "{refused:?}");
    assert_eq!(fs::read_to_string(state.join("encryption-key")).unwrap(), other);
    let from_variable = local_dev(&["restore", "--passphrase-file"])
        .arg(&passphrase)
        .arg("--state-dir")
        .arg(&state)
        .arg("--replace-keys")
        .arg(copies.only())
        .env("AUTH_ENCRYPTION_KEY", &other)
        .output()
        .unwrap();
    expect_exit(&from_variable, 1);
    assert!(stderr(&from_variable).contains("AUTH_ENCRYPTION_KEY is set"), "{from_variable:?}");
    assert!(!stderr(&from_variable).contains(&other) && !stderr(&refused).contains(&other));

    expect_exit(&restore(&copies.only(), &passphrase, &state, &["--replace-keys"]), 0);

    let kept = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains("encryption-key.before-restore-")).collect();
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), other);
}

#[test]
fn a_copy_that_is_not_what_went_in_is_set_aside_and_told() {
    let (_openai, server, _) = fleet();
    let (copies, bin) = (Copies::new(), TempDir::new());
    let refused = |path: Option<String>, says: &str| {
        let made = backup(&server, &copies).envs(path.map(|path| ("PATH", path))).output().unwrap();
        expect_exit(&made, 1);
        assert!(stderr(&made).contains(says) && stderr(&made).contains("counts for nothing"), "{made:?}");
        assert!(copies.whole().is_empty() && copies.names().iter().any(|name| name.ends_with(".backup.failed")), "{:?}", copies.names());
        let health = local_dev(&["backup", "health", "--to"]).arg(copies.folder()).output().unwrap();
        expect_exit(&health, 1);
        assert!(stdout(&health).contains(says), "{health:?}");
    };
    let forgetful = with_script(bin.path(), "mariadb", "sed '/^INSERT INTO `hosts`/,/;$/d' | \"$real\" \"$@\"");
    refused(Some(forgetful), "hosts has 0 rows instead of 1");
    sql(&server, "UPDATE audit SET target = 'somebody.example' WHERE seq = 2");
    refused(None, "its audit is broken at entry 2");
    sql(&server, "UPDATE host_keys SET key_sealed = CONCAT(LEFT(key_sealed, 20), REVERSE(SUBSTRING(key_sealed, 21)))");
    refused(None, "host_keys.key_sealed of id 1 does not open with its key");
    sql(&server, "UPDATE fleet SET key_check = (SELECT key_sealed FROM host_keys)");

    let made = backup(&server, &copies).output().unwrap();

    expect_exit(&made, 1);
    assert!(stderr(&made).contains("a copy with this key would be worth nothing"), "{made:?}");
}

#[test]
fn where_no_database_can_be_started_a_schema_of_the_same_server_does() {
    let (_openai, server, _) = fleet();
    let (copies, bin) = (Copies::new(), TempDir::new());
    for name in ["mariadb", "mariadb-dump"] {
        std::os::unix::fs::symlink(installed(name), bin.path().join(name)).unwrap();
    }

    let made = backup(&server, &copies).env("PATH", bin.path()).env("DATABASE_URL", server.database_url()).output().unwrap();

    expect_exit(&made, 0);
    assert!(stdout(&made).contains("verified"), "{made:?}");
    let schemas = schemas(&server);
    assert!(schemas.contains(&"codex_auth".to_owned()) && !schemas.iter().any(|name| name.contains("verify")), "{schemas:?}");
    let alone = local_dev(&["backup", "verify", "--passphrase-file"])
        .arg(copies.0.path().join("passphrase"))
        .arg(copies.only())
        .env("PATH", bin.path())
        .output()
        .unwrap();
    expect_exit(&alone, 1);
    assert!(stderr(&alone).contains("there is no database to restore it to"), "{alone:?}");
}

#[test]
fn beside_the_server_copies_come_by_themselves_and_a_failed_one_is_an_alert() {
    let (copies, bin) = (Copies::new(), TempDir::new());
    let path = with_dump(bin.path(), &format!("[ ! -e '{}/broken' ] || exit 3", bin.path().display()), "");
    let folder = copies.folder().into_os_string();
    let passphrase = copies.0.path().join("passphrase").into_os_string();
    let arguments = vec!["--backup-to".into(), folder, "--backup-passphrase-file".into(), passphrase];
    let variables = vec![("CODEX_RELEASES_API_URL", NOWHERE.to_owned()), ("PATH", path)];
    let server = Server::with(Settings { arguments, variables, ..Settings::default() });
    let health = || local_dev(&["backup", "health", "--to"]).arg(copies.folder()).output().unwrap();
    wait_for("the first copy", || health().status.success());
    assert!(server.log().contains("verified"), "{}", server.log());
    copies.only();

    fs::write(bin.path().join("broken"), "").unwrap();
    sql(&server, "UPDATE scheduler_jobs SET due_at = UTC_TIMESTAMP(6) WHERE name = 'backup'");
    wait_for("a failure", || health().status.code() == Some(1));

    assert!(stdout(&health()).contains("the last run failed: mariadb-dump failed"), "{:?}", health());
    wait_for("an alert", || {
        server.admin("POST", "/admin/jobs/alerts/run", &Value::Null);
        server.curl("GET", "/admin/alerts", "").contains("the scheduler's job backup failed")
    });
    copies.only();
}
