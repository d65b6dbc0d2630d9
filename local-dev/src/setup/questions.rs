//! What is asked, and what follows from the answer. Each has an option of the same meaning.

use super::ask::Question;

const fn question(flag: &'static str, ask: &'static str, why: &'static str) -> Question {
    Question { flag, ask, why }
}

pub const HOME: Question =
    question("--home", "Where does it run?", "a process needs Rust and MariaDB on this machine; compose needs docker only");
pub const DATA: Question = question(
    "--data-folder",
    "Folder for the database, keys and certificates?",
    "keep a copy of its secrets elsewhere: without the encryption key the database is worth nothing",
);
pub const PUBLIC_URL: Question = question(
    "--public-url",
    "Address that hosts use?",
    "it is written into every installer and never guessed from a request: a wrong one leaves hosts without a server",
);
pub const ADMIN_URL: Question = question(
    "--admin-url",
    "Address that administrators use?",
    "changes on the dashboard are taken from a page of this address only; beside Caddy it has a name of its own",
);
pub const LISTEN: Question = question(
    "--listen",
    "Address to listen on?",
    "127.0.0.1 is reached from this machine only (a proxy on it too); 0.0.0.0 from everywhere",
);
pub const PORT: Question =
    question("--port", "Port to listen on?", "without a proxy in front it is the port of the address that hosts use");
pub const PROXIES: Question = question(
    "--trusted-proxies",
    "Networks of the proxies in front, comma-separated?",
    "what they say of a caller's address is believed; with none, every host seems to call from the proxy",
);
pub const TLS: Question = question(
    "--tls",
    "Who encrypts the connections?",
    "logins travel on them: anything but this machine alone needs TLS, here or in a proxy",
);
pub const ACME_EMAIL: Question = question(
    "--acme-email",
    "E-mail address for the certificate?",
    "Let's Encrypt writes there when a certificate is about to expire and was not renewed",
);
pub const TLS_CERT: Question = question(
    "--tls-cert",
    "File of the certificate and those between it and its CA (PEM)?",
    "it is checked and copied into the data folder",
);
pub const TLS_KEY: Question =
    question("--tls-key", "File of its key (PEM)?", "it is copied into the data folder, readable by its owner only");
pub const DEMAND: Question = question(
    "--admin-certificates",
    "Client certificates for administrators?",
    "a certificate in the browser cannot be typed into a wrong page; each has to be registered once",
);
pub const ADMIN_CA: Question = question(
    "--admin-ca",
    "File of the CA that signs them (PEM; empty: a CA is made here)?",
    "only certificates of this CA get as far as being looked up",
);
pub const ADMIN_NAME: Question = question(
    "--admin-name",
    "Who is the first administrator?",
    "gets a client certificate of that name, as PEM and as PKCS#12 for the browser",
);
pub const DATABASE: Question =
    question("--database", "Which database?", "one of its own needs no care; your own is backed up and watched where it is");
pub const DATABASE_URL: Question = question(
    "--database-url-file",
    "Address of your database, mysql://user:password@host:3306/name?",
    "an empty database and a user with all rights on it; the address goes into a file that only its owner reads",
);
pub const USAGE_DAYS: Question =
    question("--usage-days", "Days for which rows of usage are kept?", "sums by day stay for ever, so costs of last year stay known");
pub const DELIVERY_DAYS: Question = question(
    "--delivery-days",
    "Days for which deliveries of usage are kept?",
    "so long a repeated delivery is recognised and not counted twice",
);
pub const INACTIVITY_DAYS: Question = question(
    "--inactivity-days",
    "Days without use after which a host is archived?",
    "an archived host gets no login until an operator takes it back; at most 60, 0 is never",
);
pub const RUNNER: Question = question(
    "--runner",
    "Prove logins with a real Codex?",
    "yes: a login is tried before hosts get it; no: a bad one is noticed on the hosts",
);
pub const BACKUPS: Question =
    question("--backups", "Make backups?", "each is encrypted with a passphrase that is made now, and holds the database and its key");
pub const BACKUP_FOLDER: Question =
    question("--backup-folder", "Folder of the backups?", "on another disk or machine they also help when this one is gone");
pub const BACKUP_EVERY: Question = question("--backup-every", "Time between two backups?", "like 24h or 90m: so much work may be lost");
pub const BACKUP_KEEP: Question = question("--backup-keep", "How many backups are kept?", "the oldest goes when there are more");
