//! A fleet moves here from the PHP server: the real `local-dev import` over a database of its schema, and then its own hosts with the
//! keys they have.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod fleet;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, TempDir};
use fake_openai::{FakeOpenAi, Options};
use fleet::{DATABASE, Fleet, INSTALLATION, SECRET, ago, host_key};
use serde_json::{Value, json};
use shared::crypto::sha256_hex;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

/// Something that is not kept.
const NOT_ALL: i32 = 3;

/// Both servers, and the files an operator has.
struct Move {
    openai: FakeOpenAi,
    server: Server,
    old: Fleet,
    files: TempDir,
}

impl Move {
    async fn new() -> Self {
        let openai = FakeOpenAi::start(Options::default()).unwrap();
        let server = Server::start(&openai.url());
        let old = Fleet::new(&server.database_url(), &openai).await;
        let one = Self { openai, server, old, files: TempDir::new() };
        let (login, place) =
            one.server.database_url().strip_prefix("mysql://").unwrap().split_once('@').map(|(l, p)| (l.to_owned(), p.to_owned())).unwrap();
        let (user, password) = login.split_once(':').unwrap();
        let place = format!("mysql://{}/{DATABASE}", place.split('/').next().unwrap());
        one.write("from", &place);
        let env = format!(
            "# the old server\nAUTH_ENCRYPTION_KEY={}\nINSTALLATION_ID=\"{INSTALLATION}\"\nDB_HOST=mysql\nDB_USERNAME={user}\nDB_PASSWORD='{password}'\nPRICING_URL=https://prices.example\n",
            one.old.key
        );
        one.write("env", &env);
        one
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn import(&self, further: &[&str]) -> Output {
        let (from, env) = (fs::read_to_string(self.path("from")).unwrap(), self.path("env"));
        self.server.command(&["import"], &[&["--from", &from, "--env-file", env.to_str().unwrap()], further].concat())
    }

    async fn ours(&self, sql: &str) -> String {
        let mut conn = MySqlConnection::connect(&self.server.database_url()).await.unwrap();
        let sql = format!("SELECT CAST(({sql}) AS CHAR)");
        sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(sql)).fetch_one(&mut conn).await.unwrap().unwrap_or_default()
    }

    /// How many rows everything has that an import writes; the audit among them.
    async fn rows(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        for table in [
            "hosts",
            "host_keys",
            "host_users",
            "auth_generations",
            "artifacts",
            "artifact_versions",
            "config_versions",
            "memories",
            "memory_words",
            "token_usages",
            "token_usage_ingests",
            "usage_models",
            "usage_rollups",
            "quota_windows",
            "audit",
        ] {
            all.push((table, self.ours(&format!("SELECT COUNT(*) FROM {table}")).await));
        }
        all.push(("released prices", self.ours("SELECT COUNT(*) FROM pricing_snapshots WHERE source = 'released'").await));
        all.push(("quota", self.ours("SELECT COUNT(*) FROM quota_snapshots WHERE is_good = 1").await));
        all.push(("events", self.ours("SELECT SUM(events) FROM usage_hosts").await));
        all
    }
}

/// The numbers of a line of the report: there, brought, here already, not kept.
fn numbers(output: &Output, name: &str) -> Vec<u64> {
    let text = stdout(output);
    let line =
        text.lines().find(|line| line.starts_with(&format!("{name}  "))).unwrap_or_else(|| panic!("no {name}: {text}{}", stderr(output)));
    line[name.len()..].split_whitespace().map(|n| n.parse().unwrap()).collect()
}

/// A call of a host; gives the status and the body.
fn call(server: &Server, key: &str, path: &str, body: &Value) -> (String, Value) {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "10", "-w", "\n%{http_code}", "-H", "content-type: application/json", "-H", &format!("x-api-key: {key}")]);
    let output = command.args(["-d", &body.to_string(), &format!("{}{path}", server.url())]).output().unwrap();
    let text = stdout(&output);
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{text}")))
}

/// What the old `cdx` sends at its start.
fn retrieve(installation: &str) -> Value {
    json!({ "command": "retrieve", "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z", "client_version": "0.77.0",
        "wrapper_version": "2025.12.19-01", "installation_id": installation })
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_writes_nothing() {
    let mut one = Move::new().await;
    let (ours, theirs) = (one.rows().await, one.old.checksum().await);

    let dry = one.import(&[]);

    assert_eq!(dry.status.code(), Some(NOT_ALL), "{}{}", stdout(&dry), stderr(&dry));
    for (name, expected) in [
        ("hosts", [7, 6, 0, 2]),
        ("users of hosts", [3, 2, 0, 1]),
        ("login", [1, 1, 0, 0]),
        ("AGENTS.md", [1, 1, 0, 0]),
        ("slash commands", [2, 1, 0, 1]),
        ("skills", [2, 1, 0, 1]),
        ("configuration", [1, 1, 0, 1]),
        ("memories", [4, 2, 0, 2]),
        ("usage rows", [507, 504, 0, 3]),
        ("quota snapshots", [4, 3, 0, 0]),
        ("fleet settings", [4, 4, 0, 0]),
    ] {
        assert_eq!(numbers(&dry, name), expected, "{name}: {}", stdout(&dry));
    }
    let said = format!("{}{}", stdout(&dry), stderr(&dry));
    for part in [
        "$(id): fqdn must be a host name",
        "lost.example: it comes without its key",
        "build-7.example: it was called Build_7.example there",
        "over.example: its time was over",
        "leak of laptop.example: content seems to hold an API key",
        "../../.profile: filename cannot include path separators",
        "opaque: manifest must begin with front matter",
        "config.toml, approval_policy: must be one of",
        "2 log entries",
        "1 earlier logins",
        "read by this server from its own environment: PRICING_URL",
        &format!("takes the old one's id, {INSTALLATION}"),
        "Nothing was written. With --apply this is brought.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for secret in [one.old.key.as_str(), &host_key("laptop.example"), &SECRET.concat(), "access_token", "the-token-of-the-entry"] {
        assert!(!said.contains(secret), "{secret} was shown: {said}");
    }
    assert_eq!((one.rows().await, one.old.checksum().await), (ours, theirs));
}

#[tokio::test]
async fn what_was_brought_comes_once_and_what_is_new_there_comes_later() {
    let mut one = Move::new().await;
    let before = one.old.checksum().await;

    let first = one.import(&["--apply"]);
    let after = one.rows().await;
    let second = one.import(&["--apply"]);

    assert_eq!((first.status.code(), second.status.code()), (Some(NOT_ALL), Some(NOT_ALL)), "{}{}", stderr(&first), stderr(&second));
    assert!(stdout(&first).contains("brought") && stdout(&first).contains("Done, and in the audit."), "{}", stdout(&first));
    assert_eq!(one.rows().await, after, "the second one wrote nothing: {}", stdout(&second));
    for (name, here) in
        [("hosts", 6), ("login", 1), ("memories", 2), ("usage rows", 507), ("quota snapshots", 3), ("fleet settings", 4), ("skills", 1)]
    {
        let numbers = numbers(&second, name);
        assert_eq!((numbers[1], numbers[2]), (0, here), "{name}: {}", stdout(&second));
    }
    assert_eq!(one.old.checksum().await, before, "the old database is as it was");
    counted_once(&mut one).await;
    audited(&one).await;

    one.old.host("new.example", "").await;
    one.old.delivery("1", 3, &ago(1)).await;
    let sql = "INSERT INTO mcp_memories (host_id, memory_key, content, created_at, updated_at) VALUES (8, 'fresh', 'Use make.', '', '2026-11-26')";
    one.old.run(sql, &[]).await;
    one.old.run("UPDATE mcp_memories SET content = 'Go to it' WHERE memory_key = 'plain'", &[]).await;
    let rotated = host_key("rotated");
    let sealed = one.old.seal(&rotated);
    one.old.run("UPDATE hosts SET api_key_hash = ?, api_key_enc = ? WHERE id = 7", &[Some(&sha256_hex(&rotated)), Some(&sealed)]).await;
    let third = one.import(&["--apply"]);

    for (name, new) in [("hosts", 1), ("memories", 2), ("usage rows", 3), ("login", 0), ("users of hosts", 0)] {
        assert_eq!(numbers(&third, name)[1], new, "{name}: {}{}", stdout(&third), stderr(&third));
    }
    assert_eq!(one.ours("SELECT COUNT(*) FROM token_usages").await, "507");
    counted_once(&mut one).await;
    let keys =
        "SELECT GROUP_CONCAT(k.state ORDER BY k.id) FROM host_keys k JOIN hosts h ON h.id = k.host_id WHERE h.fqdn = 'guest.example'";
    assert_eq!(one.ours(keys).await, "retired,active", "a key that was rotated there is the one that works");
}

/// Sums here are what the old server's rows say.
async fn counted_once(one: &mut Move) {
    let kept = "FROM token_usages WHERE (total IS NULL OR total >= 0) AND (total IS NOT NULL OR line IS NOT NULL) AND created_at <> 'soon'";
    let day = ago(4)[..10].to_owned();
    for (theirs, ours) in [
        (format!("SELECT CAST(COUNT(*) AS CHAR) {kept}"), "SELECT COUNT(*) FROM token_usages"),
        (format!("SELECT CAST(COUNT(*) AS CHAR) {kept}"), "SELECT SUM(events) FROM usage_days"),
        (format!("SELECT CAST(SUM(total) AS CHAR) {kept}"), "SELECT SUM(total) FROM usage_rollups"),
        (format!("SELECT CAST(SUM(cost) AS CHAR) {kept}"), "SELECT SUM(cost) FROM token_usages"),
        (format!("SELECT CAST(SUM(cost) AS CHAR) {kept}"), "SELECT SUM(input_cost + cached_cost + output_cost) FROM usage_hosts"),
        (
            format!("SELECT CAST(SUM(cost) AS CHAR) {kept} AND created_at LIKE '{day}%'"),
            &format!("SELECT SUM(input_cost + output_cost) FROM usage_days WHERE day = '{day}'"),
        ),
        ("SELECT '1'".to_owned(), "SELECT SUM(unpriced) FROM usage_days"),
        (
            "SELECT '3'".to_owned(),
            "SELECT u.events FROM usage_hosts u JOIN hosts h ON h.id = u.host_id WHERE h.fqdn = 'deleted-hosts.invalid'",
        ),
        ("SELECT '2'".to_owned(), "SELECT COUNT(*) FROM pricing_snapshots WHERE source = 'released'"),
    ] {
        assert_eq!(one.ours(ours).await, one.old.ask(&theirs).await, "{ours}");
    }
}

async fn audited(one: &Move) {
    let verdict = one.server.command(&["audit", "verify"], &[]);
    assert!(verdict.status.success(), "{verdict:?}");
    let by = "SELECT COUNT(DISTINCT action) FROM audit WHERE actor = 'local-dev import' AND actor_kind = 'system' AND action IN ('import.host', \
              'auth.store', 'agents.store', 'slash.store', 'skill.store', 'config.store', 'import.memories', 'import.usage', 'import.quota', 'import.fleet', \
              'import.installation')";
    assert_eq!(one.ours(by).await, "11");
    let told = one.ours("SELECT GROUP_CONCAT(COALESCE(after_json, '')) FROM audit").await;
    assert!(told.contains(INSTALLATION) && !told.contains(&host_key("laptop.example")), "{told}");
}

#[tokio::test]
async fn hosts_go_on_with_their_keys_and_update_themselves_to_our_cdx() {
    let mut one = Move::new().await;
    assert_eq!(one.import(&["--apply"]).status.code(), Some(NOT_ALL));
    one.server.stop();
    one.server.resume();
    let key = host_key("laptop.example");

    let (status, answer) = call(&one.server, &key, "/auth", &retrieve(INSTALLATION));

    assert_eq!((status.as_str(), answer["data"]["status"].as_str()), ("200", Some("outdated")), "{answer}");
    let tokens = &answer["data"]["auth"]["tokens"];
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "the host gets a handle: {tokens}");
    assert_eq!((&answer["data"]["host"]["vip"], &answer["data"]["quota_limit_percent"]), (&json!(true), &json!(80)));
    assert_eq!((&answer["data"]["cdx_silent"], &answer["data"]["versions"]["client_version"]), (&json!(true), &json!("0.169.0")));
    for (what, key, installation, expected) in [
        ("another installation", key.as_str(), "11111111-2222-4333-8444-555555555555", ("403", "installation_mismatch")),
        ("the stored hash is no key", &sha256_hex(&key), INSTALLATION, ("401", "invalid_api_key")),
        ("an operator switched it off", &host_key("off.example"), INSTALLATION, ("403", "host_suspended")),
        ("its time was over", &host_key("over.example"), INSTALLATION, ("401", "invalid_api_key")),
        ("nobody could open its key", &host_key("lost.example"), INSTALLATION, ("401", "invalid_api_key")),
        ("its name was refused", &host_key("$(id)"), INSTALLATION, ("401", "invalid_api_key")),
    ] {
        let (status, answer) = call(&one.server, key, "/auth", &retrieve(installation));
        assert_eq!((status.as_str(), answer["code"].as_str().unwrap()), expected, "{what}: {answer}");
    }
    let (status, answer) = call(&one.server, &host_key("Build_7.example"), "/auth", &retrieve(INSTALLATION));
    assert_eq!(status, "200", "a roaming host with an open window: {answer}");
    assert_eq!(answer["data"]["host"]["fqdn"], "build-7.example");
    assert_eq!(answer["data"]["chatgpt_usage"]["secondary_window"]["used_percent"], 86, "the week's quota is known from the start");
    let (_, listed) = call(&one.server, &key, "/slash-commands/retrieve", &json!({ "filename": "fix.md" }));
    assert_eq!(listed["data"]["prompt"], "Fix the failing test.");
    let (_, found) = call(&one.server, &key, "/mcp/memories/retrieve", &json!({ "id": "build.CACHE" }));
    assert_eq!(found["data"]["memory"]["created_at"], "2026-03-01T00:00:00+00:00", "{found}");

    for shell in SHELLS {
        takes_over(&one, shell, &key);
    }
}

/// What the old `cdx` does when the server names another: it fetches that with its key, compares its SHA-256, puts it in its place and
/// starts it.
fn takes_over(one: &Move, shell: &'static [&'static str], key: &str) {
    let host = Host::new("laptop.example", shell, &one.openai.url());
    let versions = call(&one.server, key, "/auth", &retrieve(INSTALLATION)).1["data"]["versions"].clone();
    assert_eq!(versions["wrapper_version"], *shared::wrapper::VERSION);
    let cdx = host.home().join(".local/bin/cdx");
    fs::create_dir_all(cdx.parent().unwrap()).unwrap();
    download(&format!("{}{}", one.server.url(), versions["wrapper_url"].as_str().unwrap()), key, &cdx);
    assert_eq!(versions["wrapper_sha256"], sha256_hex(fs::read(&cdx).unwrap()), "it is what the server named");
    fs::set_permissions(&cdx, fs::Permissions::from_mode(0o755)).unwrap();
    let conf = host.home().join(".config/cdx/host.conf");
    assert!(!conf.exists());

    expect_exit(&host.cdx(&["--sync"]), 0);

    let settings = fs::read_to_string(&conf).unwrap();
    assert_eq!(fs::metadata(&conf).unwrap().permissions().mode() & 0o777, 0o600);
    for line in [format!("cdx_base='{}'", one.server.url()), format!("cdx_key='{key}'"), format!("cdx_installation='{INSTALLATION}'")] {
        assert!(settings.lines().any(|found| found == line), "{line}: {settings}");
    }
    assert_eq!(fs::read_to_string(&cdx).unwrap(), shared::wrapper::SCRIPT, "and it is ours from then on, without the key in it");
    assert!(host.login()["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"));
    assert_eq!(fs::read_to_string(host.codex_home().join("AGENTS.md")).unwrap(), "Be kind.");
    let config = fs::read_to_string(host.codex_home().join("config.toml")).unwrap();
    assert!(config.contains("model = \"gpt-5.1-codex\"") && config.contains("https://docs.example/mcp"), "{config}");
    fs::write(&conf, format!("{settings}\n# mine\n")).unwrap();
    download(&format!("{}{}", one.server.url(), versions["wrapper_url"].as_str().unwrap()), key, &cdx);
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(fs::read_to_string(&conf).unwrap().ends_with("# mine\n"), "settings that are there stay");
}

fn download(url: &str, key: &str, to: &Path) {
    let output = Command::new("curl").args(["-fsS", "-H", &format!("x-api-key: {key}"), "-o"]).arg(to).arg(url).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn what_is_said_wrong_stops_before_anything_is_written() {
    let one = Move::new().await;
    let before = one.rows().await;
    one.write("wrong", &shared::crypto::Keyring::generate());
    one.write("short", "AAAA");
    one.write("ours", &one.server.database_url());
    let (from, env) = (fs::read_to_string(one.path("from")).unwrap(), one.path("env"));
    let path = |name: &str| one.path(name).to_str().unwrap().to_owned();
    for (what, words, expected) in [
        (
            "a password in sight",
            vec!["--from", "mysql://codex:s3cret@127.0.0.1/x", "--env-file", env.to_str().unwrap()],
            "--from has a password",
        ),
        (
            "another server's key",
            vec!["--from", &from, "--env-file", env.to_str().unwrap(), "--key-file", &path("wrong")],
            "opens none of the",
        ),
        ("no key", vec!["--from", &from, "--installation-id", "i"], "--env-file"),
        ("half a key", vec!["--from", &from, "--env-file", env.to_str().unwrap(), "--key-file", &path("short")], "base64 of 32 bytes"),
        ("no id", vec!["--from", &from, "--key-file", &path("wrong")], "INSTALLATION_ID is needed"),
        ("our own database", vec!["--from-file", &path("ours"), "--env-file", env.to_str().unwrap()], "is not one of the PHP server"),
        ("nobody there", vec!["--from", "mysql://127.0.0.1:9/x", "--env-file", env.to_str().unwrap()], "127.0.0.1:9/x cannot be opened"),
    ] {
        let output = one.server.command(&["import", "--apply"], &words);
        assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
        assert!(stderr(&output).contains(expected) && !stderr(&output).contains("s3cret"), "{what}: {}", stderr(&output));
    }
    assert_eq!(one.rows().await, before);
}

#[tokio::test]
async fn reading_there_cannot_write_even_where_a_view_would() {
    let mut one = Move::new().await;
    for sql in [
        "CREATE TABLE sprung (at INT)",
        "CREATE FUNCTION spring() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO sprung VALUES (1); RETURN 1; END",
        "RENAME TABLE logs TO kept_logs",
        "CREATE VIEW logs AS SELECT id, action FROM kept_logs WHERE spring() = 1",
    ] {
        one.old.run_plain(sql).await;
    }

    let output = one.import(&[]);

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).contains("the old database refused") && stderr(&output).contains("READ ONLY"), "{}", stderr(&output));
    assert_eq!(one.old.ask("SELECT CAST(COUNT(*) AS CHAR) FROM sprung").await, "0");
}

#[tokio::test]
async fn what_is_here_already_is_never_overwritten() {
    let one = Move::new().await;
    let registered = one.server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": "laptop.example" }));
    one.server.admin("POST", "/admin/slash-commands/store", &json!({ "filename": "fix.md", "prompt": "Ours." }));
    one.server.admin("POST", "/admin/config/store", &json!({ "settings": { "model": "gpt-5.2" } }));
    one.server.admin("POST", "/admin/quota-mode", &json!({ "hard_fail": true, "limit_percent": 90 }));

    let output = one.import(&["--apply", "--without-login"]);

    let said = stdout(&output);
    for part in [
        "laptop.example: a host of this name was registered here",
        "fix.md: the one here says something else",
        "config.toml: the configuration here was made here",
        "quota policy: it is {\"hard_fail\":true,\"limit_percent\":90,\"week_partition\":0} here",
        "this installation keeps its own id",
        "the login stays where it is",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(one.ours("SELECT COUNT(*) FROM auth_generations").await, "0");
    assert_eq!(one.ours("SELECT quota_limit_percent FROM fleet").await, "90");
    let (status, _) = call(&one.server, &host_key("laptop.example"), "/auth", &retrieve(INSTALLATION));
    assert_eq!(status, "401", "the old key opens nothing where ours was made");
    let (status, _) =
        call(&one.server, registered["host"]["api_key"].as_str().unwrap(), "/slash-commands/retrieve", &json!({ "filename": "fix.md" }));
    assert_eq!(status, "200");
}
