//! Docker compose: its `.env`, secrets, and the override.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::{Machine, changed};

const BASE: &[&str] = &["--home", "compose"];

fn with<'a>(options: &[&'a str]) -> Vec<&'a str> {
    BASE.iter().chain(options).copied().collect()
}

#[test]
fn without_an_answer_it_is_mysql_a_runner_and_backups() {
    let machine = Machine::new();

    let said = machine.set_up(BASE);

    for (name, value) in [
        ("DATA_ROOT", "./data"),
        ("COMPOSE_PROFILES", "mysql,runner,backup"),
        ("APP_PORT", "127.0.0.1:8488"),
        ("AUTH_RUNNER_URL", "http://runner:8080/verify"),
        ("BACKUP_EVERY", "24h"),
        ("BACKUP_KEEP", "30"),
        ("ADMIN_ACCESS_MODE", "token"),
    ] {
        assert_eq!(machine.setting(name).as_deref(), Some(value), "{name}");
    }
    for name in ["HOST_DOMAIN", "CADDY_TLS", "LISTEN_PORT", "DATABASE_URL_FILE", "BACKUP_FOLDER"] {
        assert_eq!(machine.setting(name), None, "{name}");
    }
    assert_eq!(machine.mode(".env"), 0o600);
    let secrets = [
        "encryption-key",
        "installation-id",
        "database-url",
        "database-password",
        "database-root-password",
        "runner-secret",
        "backup-passphrase",
    ];
    for secret in secrets {
        assert_eq!(machine.mode(&format!("data/secrets/{secret}")), 0o600, "{secret}");
        assert!(!said.contains(machine.read(&format!("data/secrets/{secret}")).trim()), "{secret}: {said}");
    }
    let password = machine.read("data/secrets/database-password");
    let url = format!("mysql://codex:{}@mysql:3306/codex_auth\n", password.trim());
    assert_eq!(machine.read("data/secrets/database-url"), url);
    assert!(!machine.path("compose.override.yaml").exists());
    assert!(said.contains("docker compose up --build --wait"), "{said}");
}

#[test]
fn a_second_run_changes_what_it_is_told_and_nothing_else() {
    let machine = Machine::new();
    machine.set_up(BASE);
    machine.write(".env", &machine.read(".env").replace("mysql,runner,backup", "mysql,runner,backup,mine"));
    let before = machine.files();

    machine.set_up(&[]);

    assert_eq!(machine.files(), before, "the home is known from the file");
    let text = machine.read(".env");
    machine.set_up(&["--database", "mariadb"]);
    let expected = ["COMPOSE_PROFILES=mysql,runner,backup,mine", "COMPOSE_PROFILES=mariadb,runner,backup,mine"];
    assert_eq!(changed(&text, &machine.read(".env")), expected);
    let password = machine.read("data/secrets/database-password");
    assert_eq!(machine.read("data/secrets/database-url"), format!("mysql://codex:{}@mariadb:3306/codex_auth\n", password.trim()));
    assert_eq!(before[&machine.path("data/secrets/database-password")], password.into_bytes());
}

#[test]
fn caddy_has_two_names() {
    let machine = Machine::new();
    let acme = ["--tls", "acme", "--acme-email", "ops@example.com", "--public-url", "https://codex.example.com"];
    for (more, sentence) in [
        (&["--admin-url", "https://codex.example.com"] as &[&str], "Caddy needs two names"),
        (&["--public-url", "https://codex.local"], "Let's Encrypt knows public names only"),
        (&["--public-url", "https://codex.example.com:8443"], "Caddy listens on port 443"),
        (&["--acme-email", "ops"], "is not like ops@example.com"),
        (&["--admin-certificates", "optional"], "choose required or off"),
        (&["--data-folder", "/srv/a:b"], "docker cannot mount"),
        (&["--database", "private"], "part of the process home"),
    ] {
        // An option may be given once only.
        let names: Vec<_> = more.iter().step_by(2).collect();
        let kept = acme.chunks(2).filter(|pair| !names.contains(&&pair[0])).flatten().copied();
        let options: Vec<_> = BASE.iter().copied().chain(kept).chain(more.iter().copied()).collect();
        let said = machine.refused(&options);
        assert!(said.contains(sentence), "{more:?}: {said}");
    }

    machine.set_up(&with(&acme));

    for (name, value) in [
        ("COMPOSE_PROFILES", "mysql,caddy,runner,backup"),
        ("HOST_DOMAIN", "codex.example.com"),
        ("ADMIN_DOMAIN", "codex-admin.example.com"),
        ("ADMIN_BASE_URL", "https://codex-admin.example.com"),
        ("CADDY_TLS", "acme"),
        ("CADDY_ACME_EMAIL", "ops@example.com"),
        ("ADMIN_MTLS", "off"),
    ] {
        assert_eq!(machine.setting(name).as_deref(), Some(value), "{name}");
    }
    let before = machine.files();
    machine.set_up(&[]);
    assert_eq!(machine.files(), before);
    machine.set_up(&["--tls", "generated"]);
    assert_eq!((machine.setting("CADDY_TLS").as_deref(), machine.setting("CADDY_ACME_EMAIL")), (Some("internal"), None));
    machine.set_up(&["--tls", "none", "--runner", "no", "--backups", "no"]);
    assert_eq!(machine.setting("COMPOSE_PROFILES").as_deref(), Some("mysql"));
    assert_eq!(machine.setting("AUTH_RUNNER_URL").as_deref(), Some("off"));
    for name in ["HOST_DOMAIN", "ADMIN_DOMAIN", "CADDY_TLS", "ADMIN_MTLS", "BACKUP_EVERY"] {
        assert_eq!(machine.setting(name), None, "{name}");
    }
    assert_eq!(machine.set_up(&[]).lines().next(), Some("Nothing changes."));
}

#[test]
fn administrators_show_certificates_of_a_ca_that_caddy_has_a_copy_of() {
    let machine = Machine::new();
    let options = ["--tls", "generated", "--public-url", "https://codex.corp", "--admin-url", "https://admin.corp"];
    let certificates = ["--admin-certificates", "required", "--admin-name", "ada"];

    let said = machine.set_up(&with(&[options.as_slice(), &certificates].concat()));

    assert_eq!(machine.setting("ADMIN_MTLS").as_deref(), Some("required"));
    assert_eq!(machine.setting("ADMIN_ACCESS_MODE").as_deref(), Some("mtls"));
    assert_eq!(machine.read("data/mtls/ca.crt"), machine.read("data/state/ca/ca.crt"));
    assert!(!machine.path("data/mtls/ca.key").exists(), "Caddy does not get the key");
    assert!(machine.path("data/state/ca/clients/ada.p12").is_file());
    assert!(said.contains("cert register --state-dir /state --name ada /state/ca/clients/ada.crt"), "{said}");
    let owner = |name: &str| fs::metadata(machine.path(name)).unwrap().uid();
    let run_as = machine.setting("RUN_AS").unwrap();
    for file in ["secrets/encryption-key", "state", "state/ca/ca.key", "state/ca/clients/ada.crt", "mtls/ca.crt"] {
        assert_eq!(owner(&format!("data/{file}")).to_string(), run_as.split(':').next().unwrap(), "{file}");
    }
    let before = machine.files();
    machine.set_up(&[]);
    assert_eq!(machine.files(), before);
}

#[test]
fn what_the_file_cannot_express_goes_to_the_override() {
    let machine = Machine::new();
    machine.write("url", "mysql://codex:hidden@db.example.com:3306/codex_auth\n");
    let backups = machine.path("$backups");

    machine.set_up(&with(&["--database-url-file", "url", "--skip-database-check", "--backup-folder", "/srv/back ups"]));

    let text = machine.read("compose.override.yaml");
    assert!(text.contains("networks: [data, front]") && text.contains("source: '/srv/back ups'"), "{text}");
    assert_eq!(machine.setting("COMPOSE_PROFILES").as_deref(), Some("runner,backup"));
    assert!(!machine.path("data/secrets/database-password").exists(), "that database has a password of its own");
    let before = machine.files();
    machine.set_up(&[]);
    assert_eq!(machine.files(), before);
    let said = machine.refused(&["--backup-folder", backups.to_str().unwrap()]);
    assert!(said.contains("docker cannot mount"), "{said}");
    machine.set_up(&["--database", "mysql", "--backup-folder", "./data/backups"]);
    assert!(!machine.path("compose.override.yaml").exists(), "what is not needed any more goes");

    machine.write("compose.override.yaml", "services: {}\n");
    let said = machine.set_up(&["--backup-folder", "./elsewhere"]);
    assert!(said.contains("is yours. Add this to it") && said.contains("source: './elsewhere'"), "{said}");
    assert_eq!(machine.read("compose.override.yaml"), "services: {}\n");
}

#[test]
fn with_no_profile_at_all_the_database_stays_ones_own() {
    let machine = Machine::new();
    machine.write("url", "mysql://codex:hidden@db.example.com:3306/codex_auth\n");
    machine.set_up(&with(&["--database-url-file", "url", "--skip-database-check", "--runner", "no", "--backups", "no"]));
    let before = machine.files();

    machine.set_up(&[]);

    assert_eq!(machine.files(), before);
}
