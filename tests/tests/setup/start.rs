//! What setup prepared is started, and the administrator it made a certificate for comes in.

use std::fs;
use std::process::{Child, Command, Stdio};

use e2e::process::{free_port, program, wait_for};

use crate::{Machine, repository};

/// A server that is stopped with its database.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap();
    }
}

/// `local-dev up` as the script of that name starts it, without building anything first.
fn start(machine: &Machine) -> Running {
    let script = ". \"$1\"; read_env .env; exec \"$2\" up --no-open --state-dir \"$DATA_ROOT\" --port \"$LISTEN_PORT\"";
    let log = fs::File::create(machine.path("up.log")).unwrap();
    let mut command = Command::new("bash");
    command.args(["-euc", script, "bash"]).arg(repository("local-dev/env.sh")).arg(program("local-dev"));
    command.current_dir(machine.path("")).env_remove("DATABASE_URL").stdin(Stdio::null());
    // Nobody listens there: a test reaches nothing outside.
    for name in ["CODEX_RELEASES_API_URL", "CHATGPT_BASE_URL", "OPENAI_TOKEN_URL"] {
        command.env(name, "http://127.0.0.1:9");
    }
    Running(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

/// What a caller who trusts the CA made here is answered, showing this certificate or none.
fn ask(machine: &Machine, port: u16, path: &str, name: Option<&str>) -> String {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "10", "--cacert"]).arg(machine.path("data/ca/ca.crt"));
    if let Some(name) = name {
        let file = |end: &str| machine.path(&format!("data/ca/clients/{name}.{end}"));
        command.arg("--cert").arg(file("crt")).arg("--key").arg(file("key"));
    }
    let output = command.arg(format!("https://localhost:{port}{path}")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_administrator_comes_in_with_what_setup_made() {
    let machine = Machine::new();
    let (hosts, admins) = (free_port(), free_port());
    let urls = [hosts, admins].map(|port| format!("https://localhost:{port}"));
    let port = hosts.to_string();
    let said = machine.set_up(
        &[
            &["--data-folder", "data", "--public-url", &urls[0], "--admin-url", &urls[1], "--port", &port, "--listen", "127.0.0.1"]
                as &[&str],
            &["--tls", "generated", "--admin-certificates", "required", "--admin-name", "ada", "--runner", "no"],
        ]
        .concat(),
    );

    let _running = start(&machine);
    wait_for("the server", || ask(&machine, hosts, "/readyz", None).contains("ok"));
    let before = ask(&machine, admins, "/admin/session", Some("ada"));
    let register = said.lines().find(|line| line.contains("cert register")).unwrap();
    let registered = Command::new("sh").args(["-c", register]).current_dir(machine.path("")).env_remove("DATABASE_URL").output().unwrap();

    assert!(registered.status.success(), "{registered:?}");
    assert!(before.contains("certificate_required"), "a certificate alone is not enough: {before}");
    assert!(ask(&machine, admins, "/admin/session", Some("ada")).contains("\"role\":\"owner\""), "{}", machine.read("up.log"));
    assert!(ask(&machine, admins, "/admin/session", None).contains("certificate_required"));
    assert!(!ask(&machine, hosts, "/admin/session", Some("ada")).contains("owner"), "hosts' port does not administer");
}
