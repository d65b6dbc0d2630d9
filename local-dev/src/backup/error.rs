//! What can go wrong with a copy; each message says what to do.

use std::io;
use std::path::PathBuf;

use age::DecryptError;
use shared::AppError;

use crate::database::DatabaseError;
use crate::prepare::PrepareError;
use crate::up::UpError;

/// Why there is no copy, or why one is refused.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// The passphrase.
    #[error("the passphrase cannot be used: {0}")]
    Passphrase(String),
    /// None.
    #[error("copies need a passphrase: give --backup-passphrase-file, or BACKUP_PASSPHRASE_FILE")]
    NoPassphrase,
    /// Another passphrase, or another header.
    #[error("{0} does not open: the passphrase is another one, or the beginning of the file was changed")]
    WrongPassphrase(PathBuf),
    /// Truncated or changed.
    #[error("{0} is damaged ({1}): it was cut short or changed, so nothing of it is used; take an older copy")]
    Damaged(PathBuf, String),
    /// No copy at all.
    #[error("{0} is no copy made by local-dev backup ({1})")]
    Foreign(PathBuf, String),
    /// Of a newer release.
    #[error("{0} was made by release {1}, which is newer than this one: restore it with that release")]
    Newer(PathBuf, String),
    /// A program is missing.
    #[error("{0} is not installed: run `apt-get install mariadb-client`")]
    NoProgram(&'static str),
    /// A program failed.
    #[error("{0} failed: {1}")]
    Program(&'static str, String),
    /// The address of the database.
    #[error("DATABASE_URL cannot be used: {0}")]
    Address(String),
    /// The key is not this database's.
    #[error(
        "{0} does not open with AUTH_ENCRYPTION_KEY: a copy with this key would be worth nothing, so none was made; put back the key of this installation"
    )]
    WrongKey(String),
    /// The target is in use.
    #[error("the database holds {0} tables already: restore into an empty one (another --state-dir, or a new database in DATABASE_URL)")]
    NotEmpty(usize),
    /// Another key or installation.
    #[error("{0}")]
    OtherKeys(String),
    /// The copy came back, and is not what went in.
    #[error("{0} cannot be trusted: {1}")]
    NotVerified(PathBuf, String),
    /// The same, just made.
    #[error("{1}; it is {0} now and counts for nothing")]
    SetAside(PathBuf, String),
    /// It may be good.
    #[error("{0} was made and could not be tried: {1}")]
    Untried(PathBuf, String),
    /// There is nowhere to try it.
    #[error("there is no database to restore it to: {0}")]
    NoScratch(String),
    /// A private database lives and dies with its server.
    #[error("--every needs DATABASE_URL; beside a private database give --backup-to to `local-dev up` instead")]
    PrivateDatabase,
    /// Somebody else is at it.
    #[error("another copy is being made: look again in some minutes")]
    Busy,
    /// The private database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The installation.
    #[error(transparent)]
    Installation(#[from] UpError),
    /// What is in the database.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A query failed.
    #[error("the database refused: {0}")]
    Query(#[from] sqlx::Error),
    /// The server's own code failed.
    #[error("{}", told(.0))]
    App(#[from] AppError),
}

/// An internal error shows its cause here: whoever reads it is on the machine.
fn told(error: &AppError) -> String {
    match error {
        AppError::Internal(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

impl BackupError {
    /// What goes wrong with the envelope of `path`.
    pub(super) fn of_envelope(path: &std::path::Path, error: &DecryptError) -> Self {
        let path = path.to_path_buf();
        match error {
            DecryptError::DecryptionFailed
            | DecryptError::KeyDecryptionFailed
            | DecryptError::InvalidMac
            | DecryptError::NoMatchingKeys => Self::WrongPassphrase(path),
            DecryptError::Io(error) if error.kind() == io::ErrorKind::NotFound => Self::File(path, io::ErrorKind::NotFound.into()),
            DecryptError::ExcessiveWork { .. } => Self::Foreign(path, "its passphrase asks for too much work".to_owned()),
            _ => Self::Foreign(path, "its beginning is another".to_owned()),
        }
    }
}

/// Gives an error of the file system its path.
pub(super) trait At<T> {
    fn at(self, path: &std::path::Path) -> Result<T, BackupError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &std::path::Path) -> Result<T, BackupError> {
        self.map_err(|error| BackupError::File(path.to_path_buf(), error))
    }
}
