//! Which installation hosts belong to: the old one's id goes on, so that they find themselves at home.

use serde_json::json;
use shared::App;
use shared::audit::Change;
use shared::config::variable;

use super::ImportError;
use super::step::Step;
use crate::state_dir::StateDir;

/// The file of the state folder that keeps it.
const FILE: &str = "installation-id";

/// What is done about the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// It is the same.
    Keep,
    /// The old one's becomes this one's.
    Take,
    /// The environment says another, and only its owner changes that.
    Environment,
    /// Hosts were set up with this one's.
    Hosts(u64),
}

fn plan(ours: &str, theirs: &str, in_environment: bool, hosts_of_ours: u64) -> Plan {
    match (ours == theirs, in_environment, hosts_of_ours) {
        (true, ..) => Plan::Keep,
        (_, _, 1..) => Plan::Hosts(hosts_of_ours),
        (_, true, _) => Plan::Environment,
        _ => Plan::Take,
    }
}

/// Takes the id over where nobody relies on this server's own. The running server reads it at its next start.
pub async fn bring(step: &mut Step<'_>, dir: &StateDir) -> Result<(), ImportError> {
    let (ours, theirs) = (step.app.config.installation_id.clone(), step.source.clone());
    let hosts = own_hosts(step.app).await?;
    match plan(&ours, &theirs, variable("INSTALLATION_ID").is_some(), hosts) {
        Plan::Keep => {}
        Plan::Take => {
            step.report.note(format!("this installation takes the old one's id, {theirs}: start the server again after the import"));
            if step.apply {
                let mut change: Change = step.change().await?;
                change.record("import.installation", "installation", json!({ "id": ours }), json!({ "id": theirs }));
                dir.write(FILE, &theirs).map_err(|error| ImportError::Folder(dir.path(FILE).display().to_string(), error))?;
                change.commit().await?;
            }
        }
        Plan::Environment => step.report.note(format!("INSTALLATION_ID in this environment is another: set it to {theirs} and start the server again")),
        Plan::Hosts(count) => step.report.note(format!(
            "this installation keeps its own id, because {count} hosts were set up with it; a host that sends the old one is refused until its \
             install command is run anew"
        )),
    }
    Ok(())
}

/// Hosts with a key that this server made.
async fn own_hosts(app: &App) -> Result<u64, ImportError> {
    let mut conn = app.db.acquire().await.map_err(shared::AppError::from)?;
    Ok(shared::hosts::import::own(&mut conn, &app.config.keyring).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_hosts_rely_on_stays() {
        for (ours, in_environment, hosts, expected) in [
            ("old", false, 0, Plan::Keep),
            ("old", true, 5, Plan::Keep),
            ("new", false, 0, Plan::Take),
            ("new", true, 0, Plan::Environment),
            ("new", false, 2, Plan::Hosts(2)),
            ("new", true, 2, Plan::Hosts(2)),
        ] {
            assert_eq!(plan(ours, "old", in_environment, hosts), expected, "{ours} {in_environment} {hosts}");
        }
    }
}
