//! The real program: TLS, client certificates, who may administer, and the commands of its machine.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use e2e::process::{Server, Settings, TempDir, free_port, program};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::Value;
use sqlx::{Connection, Executor};

const NOWHERE: &str = "http://127.0.0.1:9";

/// A certificate authority in a folder.
struct Authority<'a> {
    dir: &'a Path,
    name: &'static str,
    issuer: Issuer<'static, KeyPair>,
}

impl<'a> Authority<'a> {
    fn new(dir: &'a Path, name: &'static str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(dir.join(format!("{name}.pem")), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { dir, name, issuer: Issuer::new(params, key) }
    }

    fn cert(&self) -> PathBuf {
        self.dir.join(format!("{}.pem", self.name))
    }

    /// Signs a certificate; gives it and its key.
    fn sign(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let (cert_path, key_path) = (self.dir.join(format!("{name}.crt")), self.dir.join(format!("{name}.key")));
        fs::write(&cert_path, params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        fs::write(&key_path, key.serialize_pem()).unwrap();
        (cert_path, key_path)
    }
}

/// `curl` of an administrator who shows a certificate, or none.
fn curl(server: &Server, cacert: &Path, shows: Option<&(PathBuf, PathBuf)>) -> Output {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "10", "--cacert"]).arg(cacert);
    if let Some((cert, key)) = shows {
        command.arg("--cert").arg(cert).arg("--key").arg(key);
    }
    command.arg(format!("{}/admin/session", server.url())).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn only_a_verified_and_registered_certificate_administers() {
    let dir = TempDir::new();
    let (ours, foreign) = (Authority::new(dir.path(), "ours"), Authority::new(dir.path(), "foreign"));
    let (cert, key) = ours.sign("server", ExtendedKeyUsagePurpose::ServerAuth);
    let [anna, otto] = ["anna", "otto"].map(|name| ours.sign(name, ExtendedKeyUsagePurpose::ClientAuth));
    let mallory = foreign.sign("mallory", ExtendedKeyUsagePurpose::ClientAuth);
    let flags = ["--tls-cert".into(), cert.into(), "--tls-key".into(), key.into(), "--client-ca".into(), ours.cert().into()];
    let variables = vec![("CODEX_RELEASES_API_URL", NOWHERE.to_owned()), ("ADMIN_ACCESS_MODE", "mtls".to_owned())];
    let server = Server::with(Settings { arguments: flags.into(), variables, cacert: Some(ours.cert()) });
    let ask = |shows| curl(&server, &ours.cert(), shows);
    assert_eq!(json(&ask(Some(&anna)))["code"], "certificate_required", "a trusted CA alone is not enough");

    let added = server.command(&["cert", "register"], &["--name", "anna", "--role", "operator", anna.0.to_str().unwrap()]);

    assert!(added.status.success(), "{added:?}");
    let who = json(&ask(Some(&anna)));
    assert_eq!((&who["data"]["name"], &who["data"]["role"]), (&"anna".into(), &"operator".into()));
    assert_eq!(json(&ask(None))["code"], "certificate_required");
    assert_eq!(json(&ask(Some(&otto)))["code"], "certificate_required");
    assert!(!ask(Some(&mallory)).status.success(), "a certificate of another CA ends the handshake");
    let token = server.curl("GET", "/admin/session", "");
    assert!(token.contains("certificate_required"), "a token is not enough in this mode: {token}");
    assert!(server.curl("GET", "/versions", "").contains("\"status\":\"ok\""), "hosts need no certificate");
}

/// Starts `up` where it must refuse; gives what it says.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let dir = TempDir::new();
    let mut command = Command::new(program("local-dev"));
    command.args(["up", "--no-open", "--port", &free_port().to_string(), "--state-dir"]).arg(dir.path().join("state")).args(arguments);
    command.env_remove("DATABASE_URL").envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_would_open_the_door_too_wide_does_not_start() {
    let open = refused(&["--listen", "0.0.0.0"], &[("ADMIN_ACCESS_MODE", "none")]);
    assert!(open.contains("makes everybody who reaches 0.0.0.0 an owner"), "{open}");
    let nobody = refused(&[], &[("ADMIN_ACCESS_MODE", "mtls")]);
    assert!(nobody.contains("--client-ca"), "{nobody}");
    let loose = refused(&[], &[("TRUSTED_PROXIES", "10.0.0.0/x")]);
    assert!(loose.contains("TRUSTED_PROXIES") && loose.contains("10.0.0.0/x"), "{loose}");
    let missing = refused(&["--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem"], &[]);
    assert!(missing.contains("/nowhere.pem"), "{missing}");
}

#[test]
fn on_ones_own_machine_nobody_has_to_sign_in() {
    let variables = vec![("CODEX_RELEASES_API_URL", NOWHERE.to_owned()), ("ADMIN_ACCESS_MODE", "none".to_owned())];
    let server = Server::with(Settings { variables, ..Settings::default() });
    let ask = |headers: &[&str]| {
        let mut command = Command::new("curl");
        command.args(["-sS", "-m", "10"]).args(headers).arg(format!("{}/admin/session", server.url()));
        json(&command.output().unwrap())
    };
    assert_eq!(ask(&[])["data"]["role"], "owner");
    assert_eq!(ask(&["-H", "host: rebound.example"])["code"], "loopback_only");
    assert_eq!(ask(&["-H", "x-forwarded-for: 127.0.0.1"])["code"], "loopback_only");
}

#[test]
fn a_revoked_first_owner_gets_no_new_link() {
    let mut server = Server::start(NOWHERE);
    let second = server.admin("POST", "/admin/access/tokens", &serde_json::json!({ "name": "ada", "role": "owner" }));
    assert!(second["token"].is_string());
    server.admin("DELETE", "/admin/access/tokens/1", &serde_json::json!({}));
    server.stop();
    server.resume();
    let said = server.log();
    assert!(said.contains("was revoked") && !said.contains("sign in once"), "{said}");
}

#[tokio::test]
async fn the_audit_is_checked_from_the_machine_itself() {
    let mut server = Server::start(NOWHERE);
    server.admin("POST", "/admin/hosts/register", &serde_json::json!({ "fqdn": "a.example" }));
    let verify = |server: &Server| server.command(&["audit", "verify"], &[]);
    let intact = verify(&server);
    assert!(intact.status.success(), "{intact:?}");
    assert_eq!(String::from_utf8_lossy(&intact.stdout), "the audit is intact: 2 entries\n");

    let mut conn = sqlx::MySqlConnection::connect(&server.database_url()).await.unwrap();
    conn.execute("UPDATE audit SET target = 'b.example' WHERE seq = 2").await.unwrap();
    conn.close().await.unwrap();

    let broken = verify(&server);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("broken at entry 2 (row 2)"), "{broken:?}");
    server.stop();
    assert_eq!(verify(&server).status.code(), Some(1), "whether the server runs or not");
}
