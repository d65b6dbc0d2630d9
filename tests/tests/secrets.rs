//! Secrets Manager, as moto's server plays it: a function starts with what it keeps, and goes on when the password changes.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use e2e::api::TEST_KEY;
use e2e::lambda::{Sandbox, encrypted_database, event, function};
use e2e::process::{TempDir, free_port, wait_for};
use e2e::ready::cache;
use local_dev::database::Database;
use local_dev::state_dir::StateDir;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use tokio::task::block_in_place;

/// moto's server; `local-dev/test` has installed it.
struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    fn start() -> Self {
        let port = free_port();
        let server = cache().join("moto-5.2.5/bin/moto_server");
        let mut command = Command::new(&server);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}: run this through local-dev/test", server.display()));
        let moto = Self { child, url: format!("http://127.0.0.1:{port}") };
        wait_for("moto", || Command::new("curl").args(["-sSf", "-o", "/dev/null", &moto.url]).output().unwrap().status.success());
        moto
    }

    /// A call of Secrets Manager, as its own SDKs make it.
    fn call(&self, action: &str, body: &Value) {
        let mut command = Command::new("curl");
        command.args(["-sSf", "-H", "content-type: application/x-amz-json-1.1", "-H", &format!("x-amz-target: secretsmanager.{action}")]);
        // The signature is not looked at; the region and the service are read from it.
        let scope = "AWS4-HMAC-SHA256 Credential=x/20261124/eu-central-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=x";
        command.args(["-H", &format!("authorization: {scope}"), "-d", &body.to_string(), &self.url]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{action}: {output:?}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What RDS keeps in a secret of its own making.
fn login(database: &Database, password: &str) -> String {
    let port = database.url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
    json!({ "username": "codex", "password": password, "host": "127.0.0.1", "port": port.parse::<u16>().unwrap(), "dbname": "codex_auth" })
        .to_string()
}

fn password_of(database: &Database) -> String {
    database.url.trim_start_matches("mysql://codex:").split('@').next().unwrap().to_owned()
}

fn variables(moto: &Moto) -> Vec<(&'static str, String)> {
    [
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &moto.url),
        ("KEYRING_SECRET_ARN", "keyring"),
        ("DATABASE_SECRET_ARN", "database"),
        ("INSTALLATION_ID", "11111111-2222-4333-8444-555555555555"),
        ("PUBLIC_BASE_URL", "https://codex.example"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

async fn status(function: &Sandbox, path: &str) -> Value {
    let answer = function.invoke(event("GET", path, "", &HeaderMap::new(), b"", None)).await.unwrap();
    answer["statusCode"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_lives_on_what_secrets_manager_keeps_and_through_a_rotation() {
    let (moto, dir) = (block_in_place(Moto::start), TempDir::new());
    let database = encrypted_database(&StateDir::open(dir.path()).unwrap()).await;
    block_in_place(|| moto.call("CreateSecret", &json!({ "Name": "keyring", "SecretString": TEST_KEY })));
    let first = login(&database, &password_of(&database));
    block_in_place(|| moto.call("CreateSecret", &json!({ "Name": "database", "SecretString": first })));
    let variables = variables(&moto);
    let scheduler = Sandbox::start(&function("scheduler"), &variables).await;
    scheduler.invoke(json!({ "migrate": true })).await.unwrap();
    let function = Sandbox::start(&function("auth"), &variables).await;
    assert_eq!(status(&function, "/readyz").await, 200);

    let mut admin = MySqlConnection::connect(&database.url).await.unwrap();
    admin.execute("ALTER USER codex@'127.0.0.1' IDENTIFIED BY 'the next one'").await.unwrap();
    let next = login(&database, "the next one");
    block_in_place(|| moto.call("PutSecretValue", &json!({ "SecretId": "database", "SecretString": next })));
    assert_eq!(status(&function, "/readyz").await, 200, "open connections go on");
    end_others(&mut admin).await;

    let limit = Instant::now() + Duration::from_secs(30);
    while status(&function, "/readyz").await != 200 {
        assert!(Instant::now() < limit, "the function did not find the new password");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    database.stop().await;
}

/// Ends the connections of everybody else.
async fn end_others(admin: &mut MySqlConnection) {
    let sql = "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE user = 'codex' AND id <> CONNECTION_ID()";
    let others: Vec<u64> = sqlx::query_scalar(sql).fetch_all(&mut *admin).await.unwrap();
    for id in others {
        admin.execute(AssertSqlSafe(format!("KILL {id}"))).await.ok();
    }
}
