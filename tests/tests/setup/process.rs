//! One process: settings, secrets, certificates.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use crate::{Machine, changed};

const DATA: &[&str] = &["--data-folder", "data"];

fn with<'a>(options: &[&'a str]) -> Vec<&'a str> {
    DATA.iter().chain(options).copied().collect()
}

#[test]
fn without_an_answer_it_is_this_machine_alone() {
    let machine = Machine::new();

    let said = machine.set_up(DATA);

    let settings: Vec<_> = machine.read(".env").lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let expected = [
        "DATA_ROOT=data",
        "PUBLIC_BASE_URL=http://127.0.0.1:8488",
        "ADMIN_BASE_URL=http://127.0.0.1:8488",
        "ADMIN_ACCESS_MODE=token",
        "USAGE_RETENTION_DAYS=400",
        "USAGE_INGEST_RETENTION_DAYS=90",
        "INACTIVITY_WINDOW_DAYS=30",
        "BACKUP_EVERY=24h",
        "BACKUP_KEEP=30",
        "LISTEN_ADDRESS=127.0.0.1",
        "LISTEN_PORT=8488",
        "BACKUP_FOLDER=data/backups",
        "BACKUP_PASSPHRASE_FILE=data/backup-passphrase",
    ];
    assert_eq!(settings, expected);
    for file in [".env", "data/encryption-key", "data/installation-id", "data/backup-passphrase"] {
        assert_eq!(machine.mode(file), 0o600, "{file}");
    }
    assert_eq!((machine.mode("data"), machine.mode("data/backups")), (0o700, 0o700));
    assert!(shared::crypto::Keyring::parse(machine.read("data/encryption-key").trim()).is_ok());
    for secret in ["encryption-key", "backup-passphrase"] {
        let secret = machine.read(&format!("data/{secret}"));
        assert!(secret.trim().len() > 40 && !said.contains(secret.trim()), "{said}");
    }
    assert!(said.contains("local-dev/up") && said.contains("data/encryption-key"), "{said}");
}

#[test]
fn a_second_run_changes_what_it_is_told_and_nothing_else() {
    let machine = Machine::new();
    machine.set_up(&with(&["--public-url", "http://codex.example.com:8488"]));
    machine.write(".env", &format!("{}# mine\nMY_OWN='x y'\nRUST_LOG=info\n", machine.read(".env")));
    let before = machine.files();

    let again = machine.set_up(&[]);

    assert!(again.contains("Nothing changes."), "{again}");
    assert_eq!(machine.files(), before);
    let text = machine.read(".env");
    let said = machine.set_up(&["--usage-days", "100"]);
    assert_eq!(changed(&text, &machine.read(".env")), ["USAGE_RETENTION_DAYS=400", "USAGE_RETENTION_DAYS=100"]);
    assert!(said.contains("- USAGE_RETENTION_DAYS=400") && said.contains("+ USAGE_RETENTION_DAYS=100"), "{said}");
    assert!(!said.contains("INACTIVITY"), "what stays is not shown: {said}");
    assert!(machine.set_up(&["--data-folder", "elsewhere", "--dry-run"]).contains("data stays as it is"));
    let mut after = machine.files();
    after.insert(machine.path(".env"), text.into_bytes());
    assert_eq!(after, before, "only one file changed");
}

#[test]
fn a_dry_run_shows_and_writes_nothing() {
    let machine = Machine::new();

    let said = machine.set_up(&with(&["--dry-run"]));

    assert!(said.contains("+ PUBLIC_BASE_URL=") && said.contains("data/encryption-key (secret, 0600, new)"), "{said}");
    assert!(machine.files().is_empty(), "{:?}", machine.files().keys());
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence_and_nothing_is_written() {
    let machine = Machine::new();
    for (options, sentence) in [
        (&["--public-url", "codex.example.com"] as &[&str], "--public-url: PUBLIC_BASE_URL cannot be used"),
        (&["--public-url", "https://c.example/$(id)"], "is not like https://codex.example.com"),
        (&["--tls", "files", "--public-url", "https://c.example"], "--tls-cert: a file is needed"),
        (&["--tls", "generated"], "begins with https://"),
        (&["--tls", "acme", "--public-url", "https://c.example"], "part of the compose home"),
        (&["--tls", "sometimes"], "possible values: none, acme, files, generated"),
        (&["--admin-certificates", "required"], "client certificates need TLS"),
        (&["--usage-days", "0"], "USAGE_RETENTION_DAYS"),
        (&["--inactivity-days", "61"], "more than 60 days"),
        (&["--backup-every", "sometimes"], "not a time like 24h"),
        (&["--backup-keep", "0"], "not a number from 1 to"),
        (&["--listen", "localhost"], "--listen"),
        (&["--trusted-proxies", "10.0.0.0/x"], "is not a network"),
        (&["--database", "mysql"], "part of the compose home"),
        (&["--database", "own"], "--database-url-file is needed"),
        (&["--database-url-file", "/nowhere"], "/nowhere: it cannot be read"),
        (&["--from-env", "/nowhere"], "--from-env: /nowhere is not there"),
        (&["--backup-folder", "a\nb"], "control characters"),
        (&["--no-such-option"], "unexpected argument"),
    ] {
        let said = machine.refused(&with(options));
        assert!(said.contains(sentence), "{options:?}: {said}");
    }
    assert!(machine.files().is_empty());
    let no_terminal = machine.command(DATA).output().unwrap();
    assert_eq!(no_terminal.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&no_terminal.stderr).contains("--non-interactive"));
}

/// Writes a certificate for `names` and its key; valid in these years.
pub fn certificate(machine: &Machine, file: &str, names: &[&str], years: [i32; 2]) -> [PathBuf; 2] {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, file);
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(years[0], 1, 1), rcgen::date_time_ymd(years[1], 1, 1));
    let key = KeyPair::generate().unwrap();
    let paths = ["crt", "key"].map(|end| machine.path(&format!("{file}.{end}")));
    fs::write(&paths[0], params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&paths[1], key.serialize_pem()).unwrap();
    paths
}

fn authority(machine: &Machine, file: &str) -> PathBuf {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let path = machine.path(file);
    fs::write(&path, params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
    path
}

#[test]
fn a_certificate_is_copied_when_it_can_serve_and_refused_when_not() {
    let machine = Machine::new();
    let good = certificate(&machine, "good", &["codex.example.com", "admin.example.com"], [2020, 2099]);
    let other = certificate(&machine, "other", &["elsewhere.example.com"], [2020, 2099]);
    let old = certificate(&machine, "old", &["codex.example.com", "admin.example.com"], [2020, 2021]);
    let early = certificate(&machine, "early", &["codex.example.com", "admin.example.com"], [2098, 2099]);
    let half = certificate(&machine, "half", &["codex.example.com"], [2020, 2099]);
    let urls = ["--public-url", "https://codex.example.com:8488", "--admin-url", "https://admin.example.com:8488"];
    let options = |files: [&PathBuf; 2]| {
        let files = files.map(|file| file.to_str().unwrap().to_owned());
        let words = with(&urls).into_iter().chain(["--tls", "files", "--tls-cert", "*", "--tls-key", "*"]).map(str::to_owned);
        let mut files = files.into_iter();
        words.map(|word| if word == "*" { files.next().unwrap() } else { word }).collect::<Vec<_>>()
    };
    let run = |files| {
        let words = options(files);
        machine.refused(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (files, sentence) in [
        ([&good[0], &other[1]], "is not the key of this certificate"),
        ([&other[0], &other[1]], "is not for codex.example.com"),
        ([&half[0], &half[1]], "is not for admin.example.com"),
        ([&old[0], &old[1]], "has expired"),
        ([&early[0], &early[1]], "is not valid yet"),
        ([&good[1], &good[1]], "there is no certificate in it"),
        ([&good[0], &good[0]], "no key that can be used"),
    ] {
        let said = run(files);
        assert!(said.contains(sentence), "{sentence}: {said}");
    }

    let words = options([&good[0], &good[1]]);
    machine.set_up(&words.iter().map(String::as_str).collect::<Vec<_>>());

    assert_eq!((machine.mode("data/tls/server.crt"), machine.mode("data/tls/server.key")), (0o644, 0o600));
    assert_eq!(machine.read("data/tls/server.key"), machine.read("good.key"));
    assert_eq!(machine.setting("TLS_CERT_FILE").as_deref(), Some("data/tls/server.crt"));
    assert_eq!(machine.setting("LISTEN_ADDRESS").as_deref(), Some("0.0.0.0"), "with TLS others may come");
    let before = machine.files();
    machine.set_up(&[]);
    assert_eq!(machine.files(), before, "the copies stay");
    let said = machine.refused(&["--public-url", "https://new.example.com:8488"]);
    assert!(said.contains("is not for new.example.com"), "{said}");
    machine.set_up(&["--tls", "none", "--public-url", "http://codex.example.com:8488"]);
    assert_eq!((machine.setting("TLS_CERT_FILE"), machine.setting("TLS_KEY_FILE")), (None, None));
}

#[test]
fn a_ca_of_ones_own_signs_administrators_certificates() {
    let machine = Machine::new();
    let ca = authority(&machine, "our ca.pem");
    let url = ["--public-url", "https://codex.example.com", "--tls", "generated"];
    let mut options = with(&url);
    options.extend(["--admin-certificates", "required", "--admin-ca"]);

    let said = machine.refused(&[options.as_slice(), &["/nowhere.pem"]].concat());
    assert!(said.contains("--admin-ca: /nowhere.pem"), "{said}");
    machine.set_up(&[options.as_slice(), &[ca.to_str().unwrap()]].concat());

    assert_eq!(machine.setting("ADMIN_ACCESS_MODE").as_deref(), Some("mtls"));
    assert_eq!(machine.setting("ADMIN_CLIENT_CA_FILE").as_deref(), Some("data/mtls/ca.crt"));
    assert_eq!(machine.read("data/mtls/ca.crt"), machine.read("our ca.pem"));
    let named = machine.refused(&["--admin-name", "ada"]);
    assert!(named.contains("the CA that you brought"), "{named}");
    let before = machine.read(".env");
    machine.set_up(&["--admin-certificates", "optional"]);
    assert_eq!(changed(&before, &machine.read(".env")), ["ADMIN_ACCESS_MODE=mtls", "ADMIN_ACCESS_MODE=token"]);
    machine.set_up(&["--admin-certificates", "off"]);
    assert_eq!(machine.setting("ADMIN_CLIENT_CA_FILE"), None);
}

#[test]
fn certificates_that_are_made_here_are_made_once() {
    let machine = Machine::new();
    let url = ["--public-url", "https://codex.example.com:8488", "--admin-url", "https://codex.example.com:8489", "--tls", "generated"];
    let wanted = [with(&url).as_slice(), &["--admin-certificates", "required"]].concat();
    assert!(machine.refused(&wanted).contains("--admin-name"), "somebody has to get the first one");
    assert!(machine.refused(&[wanted.as_slice(), &["--admin-name", "../ada"]].concat()).contains("cannot be the name of a certificate"));

    let said = machine.set_up(&[wanted.as_slice(), &["--admin-name", "ada"]].concat());

    for (name, value) in [
        ("TLS_GENERATED", "true"),
        ("ADMIN_PORT", "8489"),
        ("ADMIN_CLIENT_CA_FILE", "data/ca/ca.crt"),
        ("ADMIN_CLIENT_CRL_FILE", "data/ca/ca.crl"),
    ] {
        assert_eq!(machine.setting(name).as_deref(), Some(value), "{name}");
    }
    for file in ["ca.key", "ca.crl", "clients/ada.crt", "clients/ada.key", "clients/ada.p12", "clients/ada.p12.password"] {
        assert_eq!(machine.mode(&format!("data/ca/{file}")), 0o600, "{file}");
    }
    assert!(opens(&machine, "data/ca/clients/ada.p12", "data/ca/clients/ada.p12.password").contains("CN = ada"));
    assert!(
        said.contains("cert register --state-dir") && !said.contains(machine.read("data/ca/clients/ada.p12.password").trim()),
        "{said}"
    );
    let before = machine.files();
    machine.set_up(&["--admin-name", "ada"]);
    assert_eq!(machine.files(), before, "ada has one");
    machine.set_up(&["--admin-name", "grace"]);
    assert!(machine.path("data/ca/clients/grace.p12").is_file());
    assert_eq!(machine.read("data/ca/ca.crt").into_bytes(), before[&machine.path("data/ca/ca.crt")], "of the same CA");
}

/// Whom the certificate of a PKCS#12 file names, as `openssl` finds it.
fn opens(machine: &Machine, file: &str, password: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(["pkcs12", "-nokeys", "-clcerts", "-in"]).arg(machine.path(file));
    command.arg("-passin").arg(format!("file:{}", machine.path(password).display()));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn ones_own_database_is_tried_and_its_address_is_in_no_sight() {
    let machine = Machine::new();
    let url = shared::config::variable("DATABASE_URL").expect("local-dev/test gives a database");
    machine.write("url", &format!("{url}\n"));
    let (user, rest) = url.rsplit_once('@').unwrap();
    let hidden = user.rsplit_once(':').unwrap().1;
    machine.write("wrong", &format!("mysql://codex:not-the-password@{rest}\n"));
    machine.write("nonsense", "postgres://x\n");

    for (file, sentence) in [("wrong", "does not answer"), ("nonsense", "not like mysql://")] {
        let said = machine.refused(&with(&["--database-url-file", file]));
        assert!(said.contains(sentence) && !said.contains("not-the-password"), "{said}");
    }
    let said = machine.set_up(&with(&["--database-url-file", "url"]));

    assert_eq!(machine.setting("DATABASE_URL_FILE").as_deref(), Some("data/database-url"));
    assert_eq!((machine.read("data/database-url").trim(), machine.mode("data/database-url")), (url.as_str(), 0o600));
    assert!(!said.contains(hidden) && !machine.read(".env").contains(hidden), "{said}");
    let before = machine.files();
    machine.set_up(&[]);
    assert_eq!(machine.files(), before);
    machine.set_up(&with(&["--database-url-file", "wrong", "--skip-database-check"]));
    assert!(machine.read("data/database-url").contains("not-the-password"), "nobody tried");
    machine.set_up(&["--database", "private"]);
    assert_eq!(machine.setting("DATABASE_URL_FILE"), None);
}

#[test]
fn a_secret_that_cannot_be_read_is_not_replaced() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path("data/encryption-key")).unwrap();

    let said = machine.refused(DATA);

    assert!(said.contains("encryption-key cannot be read"), "{said}");
}

#[test]
fn the_settings_of_another_installation_are_taken_over() {
    let machine = Machine::new();
    let key = shared::crypto::Keyring::generate();
    let old = format!(
        "CODEX_SYNC_BASE_URL=https://codex.example.com\nAUTH_ENCRYPTION_KEY={key}\nINSTALLATION_ID=0d9d1c4e-3f5b-4a57-9d4c-6b8f0a8a1b11\n\
         DB_PASSWORD=hidden\nRATE_LIMIT_GLOBAL_PER_MINUTE=500\nINACTIVITY_WINDOW_DAYS=14\nDB_BACKUP_MAX=7c\n"
    );
    machine.write("old.env", &old);

    let said = machine.set_up(&with(&["--from-env", "old.env"]));

    for (name, value) in [
        ("PUBLIC_BASE_URL", "https://codex.example.com"),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "500"),
        ("INACTIVITY_WINDOW_DAYS", "14"),
        ("BACKUP_KEEP", "7"),
    ] {
        assert_eq!(machine.setting(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(machine.read("data/encryption-key").trim(), key);
    assert_eq!(machine.read("data/installation-id").trim(), "0d9d1c4e-3f5b-4a57-9d4c-6b8f0a8a1b11");
    assert!(said.contains("DB_PASSWORD is not taken over") && !said.contains("hidden") && !said.contains(&key), "{said}");
    assert_eq!(machine.read("old.env"), old);
    let before = machine.files();
    machine.set_up(&["--from-env", "old.env"]);
    assert_eq!(machine.files(), before);
    assert!(machine.refused(&["--from-env", ".env"]).contains("the one to write"));
}
