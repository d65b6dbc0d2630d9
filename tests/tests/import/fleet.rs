//! A fleet in a database of the old server: what a real one has, and what somebody once wrote into it.

use fake_openai::{FakeOpenAi, LoginOptions};
use serde_json::json;
use shared::auth::canonical::Login;
use shared::auth::document::Node;
use shared::clock::Clock;
use shared::crypto::{Keyring, sha256_hex};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

/// The id that its hosts know.
pub const INSTALLATION: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// Where it is, beside ours.
pub const DATABASE: &str = "old_fleet";
/// A memory that opens something.
pub const SECRET: [&str; 2] = ["the key is sk", "-proj-AbCdEf0123456789AbCdEf"];

/// The old server's database.
pub struct Fleet {
    /// What seals its secrets.
    pub key: String,
    keyring: Keyring,
    conn: MySqlConnection,
}

/// So many days ago, in one of the two forms that the old server used.
pub fn ago(days: i64) -> String {
    let at = Clock::System.now() - chrono::TimeDelta::days(days);
    let text = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    text + if days % 2 == 0 { "Z" } else { "+00:00" }
}

/// The key of a host, as the old server makes them.
pub fn host_key(name: &str) -> String {
    sha256_hex(format!("the key of {name}"))
}

impl Fleet {
    /// Makes one in the server of `ours`.
    pub async fn new(ours: &str, openai: &FakeOpenAi) -> Self {
        let mut conn = MySqlConnection::connect(ours).await.unwrap();
        for sql in [format!("DROP DATABASE IF EXISTS {DATABASE}"), format!("CREATE DATABASE {DATABASE}"), format!("USE {DATABASE}")] {
            conn.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        for sql in include_str!("old.sql").lines() {
            conn.execute(sql).await.unwrap();
        }
        let key = Keyring::generate();
        let mut one = Self { keyring: Keyring::parse(&key).unwrap(), key, conn };
        one.hosts().await;
        one.login(openai).await;
        one.content().await;
        one.memories().await;
        one.usage().await;
        one.flags().await;
        one
    }

    /// Runs a statement over there.
    pub async fn run(&mut self, sql: &str, values: &[Option<&str>]) {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for value in values {
            query = query.bind(*value);
        }
        query.execute(&mut self.conn).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The same for what cannot be prepared.
    pub async fn run_plain(&mut self, sql: &'static str) {
        self.conn.execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Seals a text as the old server does.
    pub fn seal(&self, text: &str) -> String {
        self.keyring.seal(text)
    }

    /// One number or text from there.
    pub async fn ask(&mut self, sql: &str) -> String {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.conn).await.unwrap()
    }

    /// What tells whether any of it was changed.
    pub async fn checksum(&mut self) -> Vec<(String, Option<i64>)> {
        let tables = include_str!("old.sql").lines().map(|line| line.split(' ').nth(2).unwrap());
        let sql = format!("CHECKSUM TABLE {}", tables.collect::<Vec<_>>().join(", "));
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut self.conn).await.unwrap()
    }

    /// A host with the key that its name gives.
    pub async fn host(&mut self, fqdn: &str, further: &str) {
        let (key, now) = (host_key(fqdn), Clock::System.now().to_rfc3339());
        let (hash, sealed) = (sha256_hex(&key), self.keyring.seal(&key));
        let sql = "INSERT INTO hosts SET fqdn = ?, api_key = ?, api_key_hash = ?, api_key_enc = ?, api_calls = 3, last_refresh = '2026-11-20T08:00:00Z', \
                   wrapper_version = '2025.12.19-01', client_version = '0.77.0', created_at = '2026-01-02T03:04:05+00:00', updated_at = ?";
        self.run(sql, &[Some(fqdn), Some(&hash), Some(&hash), Some(&sealed), Some(&now)]).await;
        if !further.is_empty() {
            self.run(&format!("UPDATE hosts SET {further} WHERE id = LAST_INSERT_ID()"), &[]).await;
        }
    }

    async fn hosts(&mut self) {
        self.host("laptop.example", "ip = '127.0.0.1', vip = 1").await;
        let settings = "secure = 0, allow_roaming_ips = 1, ip = '192.0.2.9', insecure_enabled_until = UTC_TIMESTAMP() + INTERVAL 5 MINUTE, \
                        insecure_window_minutes = 20, model_override = 'gpt-5.2', reasoning_effort_override = 'high', curl_insecure = 1";
        self.host("Build_7.example", settings).await;
        self.host("$(id)", "").await;
        self.host("lost.example", "api_key_enc = 'sbox:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'").await;
        self.host("off.example", "status = 'disabled', force_ipv4 = 1, ip = '2001:db8::1'").await;
        self.host("over.example", "expires_at = '2026-02-01T00:00:00Z'").await;
        let soon = (Clock::System.now() + chrono::TimeDelta::minutes(90)).to_rfc3339();
        self.host("guest.example", &format!("expires_at = '{soon}', client_version_override = '0.80.0', ip = NULL")).await;
        let users = "INSERT INTO host_users (host_id, username, hostname, first_seen, last_seen) VALUES \
                     (1, 'ada', 'laptop', '2026-01-02T00:00:00Z', '2026-11-20T08:00:00+00:00'), (1, 'root', NULL, '2026-01-02T00:00:00Z', '2026-01-03'), \
                     (3, 'nobody', NULL, 'soon', 'later')";
        self.run(users, &[]).await;
    }

    async fn login(&mut self, openai: &FakeOpenAi) {
        let login = openai.login(LoginOptions::default()).to_string();
        let login = Login::parse(Node::parse(login.as_bytes()).unwrap(), 24, Clock::System.now()).unwrap();
        let sealed = self.keyring.seal(&login.bytes);
        let sql = "INSERT INTO auth_payloads (last_refresh, sha256, body, created_at) VALUES (?, ?, ?, ?)";
        self.run(sql, &[Some(&login.last_refresh), Some(&login.digest), Some(&sealed), Some("2026-11-01T00:00:00Z")]).await;
        // Newer, and not what the old server points at.
        let other = self.keyring.seal("{}");
        self.run(sql, &[Some("now"), Some(&sha256_hex("{}")), Some(&other), Some("2026-11-02T00:00:00+00:00")]).await;
        let token = self.keyring.seal("the-token-of-the-entry-0123456789");
        let sql = "INSERT INTO auth_entries (payload_id, target, token, token_type, meta, created_at) VALUES (1, 'api.openai.com', ?, 'bearer', '{}', '')";
        self.run(sql, &[Some(&token)]).await;
    }

    async fn content(&mut self) {
        let command = "INSERT INTO slash_commands (filename, sha256, description, argument_hint, prompt, created_at, updated_at, deleted_at) \
                       VALUES (?, '', ?, NULL, ?, '', '', ?)";
        for (name, description, prompt, deleted) in [
            ("fix.md", Some("Fix a test"), "Fix the failing test.", None),
            ("../../.profile", None, "rm -rf ~", None),
            ("old.md", None, "retired", Some("2026-05-05T00:00:00Z")),
        ] {
            self.run(command, &[Some(name), description, Some(prompt), deleted]).await;
        }
        let skill =
            "INSERT INTO skills (slug, sha256, display_name, manifest, created_at, updated_at) VALUES (?, '', 'A skill', ?, '', '')";
        self.run(skill, &[Some("review"), Some("---\nname: review\ndescription: reviews\n---\nLook twice.\n")]).await;
        self.run(skill, &[Some("opaque"), Some("{\"name\":\"opaque\"}")]).await;
        for body in ["first", "Be kind."] {
            let sql = "INSERT INTO agents_documents (sha256, body, created_at, updated_at) VALUES ('', ?, '', '')";
            self.run(sql, &[Some(body)]).await;
        }
        let settings = json!({ "model": "gpt-5.1-codex", "approval_policy": "whenever", "notify": [], "features": [], "orchestrator_mcp_enabled": true,
            "profiles": [{ "name": "fast", "model": "gpt-5.1-codex-mini" }], "mcp_servers": [{ "name": "docs", "url": "https://docs.example/mcp", "args": [] }] });
        let sql =
            "INSERT INTO client_config_documents (sha256, body, settings, created_at, updated_at) VALUES ('', 'model = 1', ?, '', '')";
        self.run(sql, &[Some(&settings.to_string())]).await;
    }

    async fn memories(&mut self) {
        let sql = "INSERT INTO mcp_memories (host_id, memory_key, content, metadata, tags, created_at, updated_at, deleted_at) \
                   VALUES (?, ?, ?, ?, ?, '2026-03-01T00:00:00Z', '2026-04-01 00:00:00', ?)";
        let secret = SECRET.concat();
        for (host, key, content, metadata, tags, deleted) in [
            ("1", "Build.cache", "The build cache holds 40 GB.", Some(r#"{"by":"ada"}"#), Some(r#"["ci","CI"]"#), None),
            ("1", "leak", secret.as_str(), None, None, None),
            ("1", "gone", "no more", None, None, Some("2026-04-02T00:00:00Z")),
            ("2", "plain", "Go to al", Some("[]"), Some("[]"), None),
            ("3", "of nobody", "x", None, None, None),
        ] {
            self.run(sql, &[Some(host), Some(key), Some(content), metadata, tags, deleted]).await;
        }
    }

    async fn usage(&mut self) {
        let price = "INSERT INTO pricing_snapshots (model, currency, input_price_per_1k, output_price_per_1k, cached_price_per_1k, source_url, fetched_at, created_at) \
                     VALUES ('gpt-5.1', 'USD', ?, 0.01, 0.000125, 'env', ?, '')";
        for (input, days) in [("0.00125", 300), ("0.00125", 299), ("0.0025", 50)] {
            self.run(price, &[Some(input), Some(&ago(days))]).await;
        }
        for delivery in 1..=100 {
            let days = if delivery % 2 == 0 { 60 + delivery % 28 } else { 1 + delivery % 20 };
            self.delivery("1", 5, &ago(days)).await;
        }
        self.delivery("NULL", 2, &ago(100)).await;
        self.delivery("3", 1, &ago(101)).await;
        for odd in [
            "total = -5",
            "total = NULL",
            "total = 7, input_tokens = 7, model = 'gpt-0-unknown'",
            "line = 'Token usage: total=1', ingest_id = NULL, created_at = 'soon'",
        ] {
            self.run("INSERT INTO token_usages SET host_id = 1, ingest_id = 102, created_at = ?", &[Some(&ago(102))]).await;
            self.run(&format!("UPDATE token_usages SET {odd} WHERE id = LAST_INSERT_ID()"), &[]).await;
        }
        let raw = json!({ "plan_type": "pro", "email": "olivia@example.com", "rate_limit": { "allowed": true, "limit_reached": false,
            "primary_window": { "used_percent": 12, "limit_window_seconds": 18_000, "reset_at": 1_790_000_000 } } });
        let sql = "INSERT INTO chatgpt_usage_snapshots (status, plan_type, primary_used_percent, primary_limit_seconds, raw, error, fetched_at, created_at) \
                   VALUES (?, 'pro', 30, 18000, ?, NULL, ?, '')";
        self.run(sql, &[Some("ok"), Some(&raw.to_string()), Some(&ago(30))]).await;
        self.run(sql, &[Some("ok"), None, Some(&ago(29))]).await;
        self.run(sql, &[Some("error"), None, Some(&ago(28))]).await;
        // The last one, of a little while ago: without the week's numbers an old cdx ends without a word.
        let (at, reset) = (Clock::System.now() - chrono::TimeDelta::minutes(10), Clock::System.now() + chrono::TimeDelta::days(3));
        let sql = "INSERT INTO chatgpt_usage_snapshots (status, plan_type, rate_allowed, secondary_used_percent, secondary_limit_seconds, secondary_reset_at, \
                   fetched_at, created_at) VALUES ('ok', 'pro', 1, 86, 604800, ?, ?, '')";
        self.run(sql, &[Some(&reset.timestamp().to_string()), Some(&at.to_rfc3339())]).await;
    }

    /// So many rows that came at once.
    pub async fn delivery(&mut self, host: &str, rows: u32, at: &str) {
        let sql = format!(
            "INSERT INTO token_usage_ingests SET host_id = {host}, entries = {rows}, client_ip = '192.0.2.1', payload = '{{}}', created_at = ?"
        );
        self.run(&sql, &[Some(at)]).await;
        for n in 1..=rows {
            let (input, output) = (1000 * u64::from(n), 100 * u64::from(n));
            // What the old server makes of it at its first price.
            let cost = format!("{:.6}", f64::from(n) * (1000.0 * 0.00125 + 100.0 * 0.01) / 1000.0);
            let sql = format!(
                "INSERT INTO token_usages SET host_id = {host}, ingest_id = (SELECT MAX(id) FROM token_usage_ingests), total = {}, input_tokens = {input}, \
                 output_tokens = {output}, cached_tokens = 0, cost = {cost}, model = 'gpt-5.1', created_at = ?",
                input + output
            );
            self.run(&sql, &[Some(at)]).await;
        }
    }

    async fn flags(&mut self) {
        for (name, value) in [
            ("canonical_payload_id", "1"),
            ("cdx_silent", "1"),
            ("quota_limit_percent", "80"),
            ("quota_week_partition", "5"),
            ("inactivity_window_days", "45"),
            ("client_version_lock", "0.169.0"),
            ("api_disabled", "0"),
            ("cdx_model", "nobody reads this"),
        ] {
            self.run("INSERT INTO versions VALUES (?, ?, '2026-11-01T00:00:00Z')", &[Some(name), Some(value)]).await;
        }
        self.run("INSERT INTO logs (action, details, created_at) VALUES ('auth.store', '{}', ''), ('register', NULL, '')", &[]).await;
    }
}
