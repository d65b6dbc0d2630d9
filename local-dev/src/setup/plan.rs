//! Answers as lines of the file.

use super::answers::{Answers, Authority, Database, Tls};
use super::args::{DatabaseKind, Demand, Home};
use super::doors;
use super::env_file::EnvFile;
use super::known::{Known, PROFILES};

/// A line that the answers decide; without a value it is taken out.
type Line = (&'static str, Option<String>);

/// The file as it will be.
pub fn plan(answers: &Answers, known: &Known) -> Result<EnvFile, String> {
    let mut file = known.env.clone();
    if file == EnvFile::default() {
        file = EnvFile::parse("# Written by local-dev/setup, which keeps what is changed or added here. Every setting: .env.sample\n");
    }
    let home = match answers.layout.home() {
        Home::Process => process(answers, known),
        Home::Compose => compose(answers, known),
    };
    let asked: Vec<_> = common(answers, known).into_iter().chain(home).collect();
    let taken = known.taken.settings.iter().map(|(name, value)| (*name, Some(value.clone())));
    let taken = taken.filter(|(name, _)| asked.iter().all(|(asked, _)| asked != name) && !is_asked(name)).collect();
    for (name, value) in [asked, taken].into_iter().flatten() {
        match value {
            Some(value) => file.set(name, &value, comment(name)).map_err(|why| format!("{name}: {why}"))?,
            None => file.remove(name, comment(name)),
        }
    }
    Ok(file)
}

/// What another home's answers would decide; it is not taken over into this one.
fn is_asked(name: &str) -> bool {
    matches!(name, "CADDY_TLS" | "CADDY_ACME_EMAIL")
}

fn common(answers: &Answers, known: &Known) -> Vec<Line> {
    let access = match (answers.admins.demand, known.env.get("ADMIN_ACCESS_MODE")) {
        (Demand::Required, _) => "mtls".to_owned(),
        (_, Some(before)) if before != "mtls" => before,
        _ => "token".to_owned(),
    };
    vec![
        ("DATA_ROOT", Some(answers.data.clone())),
        ("PUBLIC_BASE_URL", Some(answers.public_url.clone())),
        ("ADMIN_BASE_URL", Some(answers.admin_url.clone())),
        ("TRUSTED_PROXIES", answers.trusted_proxies.clone().filter(|networks| !networks.is_empty())),
        ("ADMIN_ACCESS_MODE", Some(access)),
        ("USAGE_RETENTION_DAYS", Some(answers.usage_days.clone())),
        ("USAGE_INGEST_RETENTION_DAYS", Some(answers.delivery_days.clone())),
        ("INACTIVITY_WINDOW_DAYS", Some(answers.inactivity_days.clone())),
        ("BACKUP_EVERY", answers.backups.as_ref().map(|backups| backups.every.clone())),
        ("BACKUP_KEEP", answers.backups.as_ref().map(|backups| backups.keep.clone())),
    ]
}

fn process(answers: &Answers, known: &Known) -> Vec<Line> {
    let in_data = |path: &str| format!("{}/{path}", answers.data);
    let has_files = matches!(answers.tls, Tls::Files(_));
    let (client_ca, revoked) = match &answers.admins.authority {
        Authority::None => (None, None),
        Authority::Kept => (known.env.get("ADMIN_CLIENT_CA_FILE"), known.env.get("ADMIN_CLIENT_CRL_FILE")),
        Authority::Own(_) => (Some(in_data("mtls/ca.crt")), None),
        Authority::Made => (Some(in_data("ca/ca.crt")), Some(in_data("ca/ca.crl"))),
    };
    let (by_file, by_value) = database(&answers.database, known, &in_data("database-url"));
    vec![
        ("LISTEN_ADDRESS", Some(answers.listen.to_string())),
        ("LISTEN_PORT", Some(answers.port.to_string())),
        ("ADMIN_PORT", admin_port(answers, known)),
        ("TLS_GENERATED", (answers.tls == Tls::Generated).then(|| "true".to_owned())),
        ("TLS_CERT_FILE", has_files.then(|| in_data("tls/server.crt"))),
        ("TLS_KEY_FILE", has_files.then(|| in_data("tls/server.key"))),
        ("ADMIN_CLIENT_CA_FILE", client_ca),
        ("ADMIN_CLIENT_CRL_FILE", revoked),
        ("DATABASE_URL_FILE", by_file),
        ("DATABASE_URL", by_value),
        ("AUTH_RUNNER_URL", runner(answers.runner, known)),
        ("BACKUP_FOLDER", answers.backups.as_ref().map(|backups| backups.folder.clone())),
        ("BACKUP_PASSPHRASE_FILE", answers.backups.as_ref().map(|_| in_data("backup-passphrase"))),
    ]
}

/// Administrators' address on another port is a listener of its own; with a proxy in front, the ports of addresses say nothing.
fn admin_port(answers: &Answers, known: &Known) -> Option<String> {
    if answers.tls == Tls::None {
        return known.env.get("ADMIN_PORT");
    }
    let (hosts, admins) = (doors::port(&answers.public_url), doors::port(&answers.admin_url));
    admins.filter(|_| admins != hosts).map(|port| port.to_string())
}

/// A new address goes into a file; one that stands in `.env` already stays until there is a new one.
fn database(database: &Database, known: &Known, file: &str) -> (Option<String>, Option<String>) {
    match (database.kind, &database.url) {
        (DatabaseKind::Own, Some(_)) => (Some(file.to_owned()), None),
        (DatabaseKind::Own, None) => (known.env.get("DATABASE_URL_FILE"), known.env.get("DATABASE_URL")),
        _ => (None, None),
    }
}

/// `off` is what switches it off; an address that somebody wrote stays.
fn runner(wanted: bool, known: &Known) -> Option<String> {
    let before = known.env.get("AUTH_RUNNER_URL").filter(|url| url.trim() != "off");
    if wanted { before } else { Some("off".to_owned()) }
}

fn compose(answers: &Answers, known: &Known) -> Vec<Line> {
    let tls = match &answers.tls {
        Tls::None => None,
        Tls::Acme { .. } => Some("acme"),
        Tls::Files(_) => Some("files"),
        // Its certificates renew themselves.
        Tls::Generated => Some("internal"),
    };
    let name = |url: &str| tls.map(|_| doors::host(url).to_owned());
    let email = if let Tls::Acme { email } = &answers.tls { Some(email.clone()) } else { None };
    let mtls = if answers.admins.demand == Demand::Off { "off" } else { "required" };
    vec![
        ("COMPOSE_PROFILES", Some(profiles(answers, known))),
        ("RUN_AS", Some(known.run_as())),
        ("APP_PORT", Some(std::net::SocketAddr::new(answers.listen, answers.port).to_string())),
        ("HOST_DOMAIN", name(&answers.public_url)),
        ("ADMIN_DOMAIN", name(&answers.admin_url)),
        ("CADDY_TLS", tls.map(str::to_owned)),
        ("CADDY_ACME_EMAIL", email),
        ("ADMIN_MTLS", tls.map(|_| mtls.to_owned())),
        ("AUTH_RUNNER_URL", runner(answers.runner, known).or_else(|| Some("http://runner:8080/verify".to_owned()))),
        ("BACKUP_FOLDER", answers.backups.as_ref().map(|backups| backups.folder.clone()).filter(|folder| *folder != usual(answers))),
    ]
}

/// Where compose keeps backups when nothing is said.
pub fn usual(answers: &Answers) -> String {
    format!("{}/backups", answers.data)
}

/// Ours as answered, and those that somebody added.
fn profiles(answers: &Answers, known: &Known) -> String {
    let database = match answers.database.kind {
        DatabaseKind::Mariadb => Some("mariadb"),
        DatabaseKind::Mysql => Some("mysql"),
        DatabaseKind::Own | DatabaseKind::Private => None,
    };
    let ours = [
        database,
        (answers.tls != Tls::None).then_some("caddy"),
        answers.runner.then_some("runner"),
        answers.backups.as_ref().map(|_| "backup"),
    ];
    let before = known.env.get("COMPOSE_PROFILES").unwrap_or_default();
    let others = before.split(',').map(str::trim).filter(|name| !name.is_empty() && !PROFILES.contains(name));
    ours.into_iter().flatten().chain(others).collect::<Vec<_>>().join(",")
}

/// What stands above a line that is new.
fn comment(name: &str) -> &'static str {
    match name {
        "DATA_ROOT" => "Folder of the database, keys and certificates",
        "PUBLIC_BASE_URL" => "What hosts reach this server by",
        "ADMIN_BASE_URL" => "What administrators reach the dashboard by",
        "TRUSTED_PROXIES" => "Proxies whose word on a caller's address is believed",
        "ADMIN_ACCESS_MODE" => "token: a token or a registered certificate; mtls: a registered certificate only",
        "USAGE_RETENTION_DAYS" => "Days for which rows of usage are kept",
        "USAGE_INGEST_RETENTION_DAYS" => "Days for which deliveries of usage are kept",
        "INACTIVITY_WINDOW_DAYS" => "Hosts nobody used for so many days are archived; 0: never",
        "BACKUP_EVERY" => "Time between two backups",
        "BACKUP_KEEP" => "How many backups are kept",
        "BACKUP_FOLDER" => "Folder of the backups",
        "BACKUP_PASSPHRASE_FILE" => "File with the passphrase that seals backups",
        "LISTEN_ADDRESS" => "Address to listen on",
        "LISTEN_PORT" => "Port to listen on",
        "ADMIN_PORT" => "Port for administrators: hosts' port does not administer then",
        "TLS_GENERATED" => "The server's certificate is made here, by the CA of the data folder, and renewed",
        "TLS_CERT_FILE" => "The server's certificate",
        "TLS_KEY_FILE" => "Its key",
        "ADMIN_CLIENT_CA_FILE" => "Client certificates of this CA are verified; those that are registered administer",
        "ADMIN_CLIENT_CRL_FILE" => "Those of them that are revoked",
        "DATABASE_URL_FILE" => "File with the address of the database",
        "DATABASE_URL" => "Address of the database",
        "AUTH_RUNNER_URL" => "What proves logins before hosts get them; off: nothing",
        "COMPOSE_PROFILES" => "Which parts run: mysql or mariadb, caddy, runner, backup",
        "RUN_AS" => "User and group of the containers; the secrets are theirs",
        "APP_PORT" => "Address and port where the server is reached without Caddy",
        "HOST_DOMAIN" => "Caddy's name for hosts",
        "ADMIN_DOMAIN" => "Caddy's name for administrators",
        "CADDY_TLS" => {
            "acme: certificates of Let's Encrypt; files: tls/server.crt and tls/server.key of the data folder; internal: Caddy's own CA"
        }
        "CADDY_ACME_EMAIL" => "Whom Let's Encrypt writes to",
        "ADMIN_MTLS" => "required: Caddy lets only certificates of mtls/ca.crt to the administrators' name",
        _ => "Taken over; what it means: .env.sample",
    }
}
