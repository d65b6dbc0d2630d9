//! Whether a database of one's own answers, before anything relies on it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use shared::migrate::is_supported;
use sqlx::Connection;
use sqlx::mysql::MySqlConnection;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::ask::{Checked, Stop};
use super::rules;

/// How long it may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// The address in a file's first line.
pub fn from_file(file: &Path, check: &dyn Fn(&str) -> Checked) -> Result<String, Stop> {
    let shown = file.display();
    let refused = |why: String| Stop::Invalid(format!("--database-url-file {shown}: {why}"));
    let text = fs::read_to_string(file).map_err(|error| refused(format!("it cannot be read: {error}")))?;
    let url = rules::database_url(text.lines().next().unwrap_or_default()).map_err(refused)?;
    check(&url).map_err(refused)
}

/// Connects and asks for the version.
pub fn connect(url: &str) -> Result<(), String> {
    let asked = async {
        let mut connection = MySqlConnection::connect(url).await?;
        sqlx::query_scalar::<_, String>("SELECT VERSION()").fetch_one(&mut connection).await
    };
    match block_in_place(|| Handle::current().block_on(timeout(LIMIT, asked))) {
        Ok(Ok(version)) if is_supported(&version) => Ok(()),
        Ok(Ok(version)) => Err(format!("the database is {version}: MySQL 8.0 or MariaDB 10.11, or later, is needed")),
        Ok(Err(error)) => Err(format!("the database does not answer ({error}): check the address, or go on with --skip-database-check")),
        Err(_) => Err(format!(
            "the database did not answer in {} seconds: check the address, or go on with --skip-database-check",
            LIMIT.as_secs()
        )),
    }
}
