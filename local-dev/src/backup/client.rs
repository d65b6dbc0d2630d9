//! MariaDB's own programs against the installation's database, whichever server that is. The password goes by the environment: a process
//! list shows arguments to everybody.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use sqlx::MySqlConnection;

use super::error::BackupError;

const DUMP: &str = "mariadb-dump";
const LOAD: &str = "mariadb";
/// More of what a program complains is not shown.
const MOST_SAID: usize = 2000;

/// How the programs reach a database.
#[derive(Clone)]
pub struct Client {
    arguments: Vec<String>,
    password: String,
    database: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({:?})", self.arguments)
    }
}

impl Client {
    /// Reads a `DATABASE_URL`. `encrypted`: the server's own connection is, so these are too.
    pub fn of(address: &str, encrypted: bool) -> Result<Self, BackupError> {
        let url = Url::parse(address).map_err(|error| BackupError::Address(error.to_string()))?;
        let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let database = text(url.path().trim_start_matches('/'));
        if database.is_empty() {
            return Err(BackupError::Address("it names no database".to_owned()));
        }
        let options: HashMap<_, _> = url.query_pairs().map(|(name, value)| (name.to_lowercase(), value.into_owned())).collect();
        let mut arguments = vec!["--no-defaults".to_owned(), "--default-character-set=utf8mb4".to_owned()];
        arguments.extend(place(&url, &options));
        arguments.push(format!("--user={}", text(url.username())));
        arguments.extend(encryption(&options, encrypted));
        Ok(Self { arguments, password: text(url.password().unwrap_or_default()), database })
    }

    /// The same server, another database on it.
    pub fn with_database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }

    /// Writes everything as SQL, as it was at one moment. It only makes what is not there: it never drops anything.
    pub fn dump(&self, to: &mut dyn Write) -> Result<(), BackupError> {
        let mut command = self.command(DUMP);
        command.args(["--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", "--no-autocommit", "--max-allowed-packet=1G"]);
        command.args(["--skip-add-drop-table", "--skip-add-locks", "--skip-disable-keys", "--skip-triggers", "--skip-comments"]);
        let mut child = command.arg(&self.database).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|e| missing(DUMP, &e))?;
        let said = listen(&mut child);
        let copied = io::copy(child.stdout.as_mut().expect("its output is piped"), to);
        // Without a reader it ends by itself.
        drop(child.stdout.take());
        ended(DUMP, child, said)?;
        copied.map(|_| ()).map_err(|error| BackupError::Program(DUMP, error.to_string()))
    }

    /// Runs SQL that `write` gives.
    pub fn load(&self, write: impl FnOnce(&mut dyn Write) -> Result<(), BackupError>) -> Result<(), BackupError> {
        let mut command = self.command(LOAD);
        command.args(["--batch", "--max-allowed-packet=1G"]).arg(&self.database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(|e| missing(LOAD, &e))?;
        let said = listen(&mut child);
        let mut stdin = child.stdin.take().expect("its input is piped");
        let written = write(&mut stdin);
        drop(stdin);
        // What the program says is nearer to the cause than that it stopped listening.
        ended(LOAD, child, said)?;
        written
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.arguments).env("MYSQL_PWD", &self.password).stderr(Stdio::piped());
        command
    }
}

fn place(url: &Url, options: &HashMap<String, String>) -> Vec<String> {
    if let Some(socket) = options.get("socket") {
        return vec!["--protocol=socket".to_owned(), format!("--socket={socket}")];
    }
    let host = url.host_str().unwrap_or("127.0.0.1").trim_matches(['[', ']']).to_owned();
    vec!["--protocol=tcp".to_owned(), format!("--host={host}"), format!("--port={}", url.port().unwrap_or(3306))]
}

/// The names of sqlx's modes. A certificate is checked exactly when the server checks it.
fn encryption(options: &HashMap<String, String>, encrypted: bool) -> Vec<String> {
    if !encrypted {
        return vec!["--skip-ssl".to_owned()];
    }
    let mode = options.get("ssl-mode").or_else(|| options.get("sslmode")).map(|mode| mode.to_lowercase().replace('-', "_"));
    let checked = mode.is_some_and(|mode| mode.starts_with("verify_"));
    let check = if checked { "--ssl-verify-server-cert" } else { "--skip-ssl-verify-server-cert" };
    let ca = options.get("ssl-ca").or_else(|| options.get("sslca")).filter(|_| checked).map(|file| format!("--ssl-ca={file}"));
    ["--ssl".to_owned(), check.to_owned()].into_iter().chain(ca).collect()
}

/// Whether this connection is encrypted.
pub async fn is_encrypted(conn: &mut MySqlConnection) -> sqlx::Result<bool> {
    let row: Option<(String, String)> = sqlx::query_as("SHOW SESSION STATUS LIKE 'Ssl_cipher'").fetch_optional(conn).await?;
    Ok(row.is_some_and(|(_, cipher)| !cipher.is_empty()))
}

fn missing(program: &'static str, error: &io::Error) -> BackupError {
    if error.kind() == io::ErrorKind::NotFound { BackupError::NoProgram(program) } else { BackupError::Program(program, error.to_string()) }
}

/// Reads what it complains beside its work, so that it never waits for a reader.
fn listen(child: &mut Child) -> JoinHandle<String> {
    let mut stderr = child.stderr.take().expect("its complaints are piped");
    std::thread::spawn(move || {
        let mut said = Vec::new();
        stderr.read_to_end(&mut said).ok();
        said.truncate(MOST_SAID);
        String::from_utf8_lossy(&said).trim().to_owned()
    })
}

fn ended(program: &'static str, mut child: Child, said: JoinHandle<String>) -> Result<(), BackupError> {
    let status = child.wait().map_err(|error| BackupError::Program(program, error.to_string()))?;
    let said = said.join().unwrap_or_default();
    if status.success() { Ok(()) } else { Err(BackupError::Program(program, if said.is_empty() { status.to_string() } else { said })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_arguments_without_its_password() {
        let client =
            Client::of("mysql://co%40dex:p%2Fw%20d@db.example:3307/codex_auth?ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem", true).unwrap();
        assert_eq!((client.password.as_str(), client.database.as_str()), ("p/w d", "codex_auth"));
        let arguments = client.arguments.join(" ");
        assert!(
            arguments
                .ends_with("--protocol=tcp --host=db.example --port=3307 --user=co@dex --ssl --ssl-verify-server-cert --ssl-ca=/ca.pem")
        );
        assert!(!format!("{client:?}").contains("p/w d"));
    }

    #[test]
    fn a_socket_goes_before_a_port_and_plain_stays_plain() {
        let client = Client::of("mysql://u@localhost/db?socket=/run/db.sock", false).unwrap();
        assert!(client.arguments.join(" ").ends_with("--protocol=socket --socket=/run/db.sock --user=u --skip-ssl"));
        assert!(Client::of("mysql://u@localhost", false).is_err());
    }
}
