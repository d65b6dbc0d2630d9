//! AGENTS.md, slash commands and skills.

use shared::AppResult;
use shared::artifacts::input::{self, Given};
use shared::artifacts::{Draft, Kind as Document, operate};

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::source::Table;
use super::step::{ACTOR, Step, why};

const AGENTS: Table = Table { name: "agents_documents", columns: &["id", "body"] };
const COMMANDS: Table =
    Table { name: "slash_commands", columns: &["id", "filename", "description", "argument_hint", "prompt", "deleted_at"] };
const SKILLS: Table = Table { name: "skills", columns: &["id", "slug", "display_name", "description", "manifest", "deleted_at"] };

/// What becomes of a document that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    New,
    Same,
    /// The one here came with an earlier import, and changed there since.
    Newer,
    /// The one here was written, changed or retired here.
    Ours,
}

/// Brings them. What was retired there stays there.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let agents = step.old.all(AGENTS, "id").await.map_err(ImportError::Old)?;
    // The old server's hosts get the last row.
    let agents: Vec<_> = agents.last().cloned().into_iter().collect();
    let commands = step.old.all(COMMANDS, "filename").await.map_err(ImportError::Old)?;
    let skills = step.old.all(SKILLS, "slug").await.map_err(ImportError::Old)?;
    let retired = [&commands, &skills].into_iter().flatten().filter(|row| row.text("deleted_at").is_some()).count();
    step.report.leave(retired as u64, "retired slash commands and skills");
    for (name, document, rows) in
        [("AGENTS.md", Document::Agents, agents), ("slash commands", Document::Command, commands), ("skills", Document::Skill, skills)]
    {
        let mut kind = Kind::default();
        for row in rows.iter().filter(|row| row.text("deleted_at").is_none()) {
            kind.there += 1;
            match draft(document, row) {
                Ok(draft) => store(step, &mut kind, draft).await?,
                Err(error) => kind.lose(label(document, row), why(&error)),
            }
        }
        step.report.add(name, kind);
    }
    Ok(())
}

fn label(document: Document, row: &Row) -> &str {
    let column = if document == Document::Command { "filename" } else { "slug" };
    row.text(column).unwrap_or(document.noun())
}

fn draft(document: Document, row: &Row) -> AppResult<Draft> {
    let (name, text) = match document {
        Document::Agents => (None, "body"),
        Document::Command => (row.raw("filename"), "prompt"),
        Document::Skill => (row.raw("slug"), "manifest"),
    };
    let given = Given {
        name,
        text: row.raw(text),
        description: row.raw("description"),
        argument_hint: row.raw("argument_hint"),
        display_name: row.raw("display_name"),
        ..Given::default()
    };
    input::draft(document, given)
}

async fn store(step: &Step<'_>, kind: &mut Kind, draft: Draft) -> AppResult<()> {
    match standing(step, &draft).await? {
        Standing::Same => kind.here += 1,
        Standing::Ours => kind.lose(draft.name.as_str(), "the one here says something else, or was retired, and stays"),
        Standing::New | Standing::Newer => {
            kind.new += 1;
            if step.apply {
                let note = format!("from {}", step.source);
                operate::save(step.app, &Step::by(), draft, false, (None, Some(&note))).await?;
            }
        }
    }
    Ok(())
}

async fn standing(step: &Step<'_>, draft: &Draft) -> AppResult<Standing> {
    let Some((artifact, text)) = operate::show(step.app, draft.kind, &draft.name).await? else { return Ok(Standing::New) };
    if artifact.retired_at.is_none() && text == draft.text {
        return Ok(Standing::Same);
    }
    let versions = operate::history(step.app, draft.kind, &draft.name).await?;
    Ok(if versions.first().is_some_and(|newest| newest.author == ACTOR) { Standing::Newer } else { Standing::Ours })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    #[test]
    fn what_hosts_could_not_use_is_refused_with_a_reason() {
        let skill = "---\nname: x\ndescription: y\n---\nbody";
        for (document, cells, expected) in [
            (Document::Command, row([("filename", "fix.md"), ("prompt", "Fix it"), ("description", "d")]), None),
            (Document::Command, row([("filename", "../../etc/cron.d/x"), ("prompt", "x")]), Some("path separators")),
            (Document::Command, row([("filename", "a b.md"), ("prompt", "x")]), Some("letters")),
            (Document::Command, row([("filename", "x.md"), ("prompt", " ")]), Some("required")),
            (Document::Skill, row([("slug", "s"), ("manifest", skill), ("display_name", "S")]), None),
            (Document::Skill, row([("slug", "s"), ("manifest", "{\"json\":true}")]), Some("front matter")),
            (Document::Agents, row([("body", "")]), None),
        ] {
            let said = draft(document, &cells).err().map(|error| why(&error));
            match expected {
                None => assert_eq!(said, None, "{cells:?}"),
                Some(part) => assert!(said.as_deref().is_some_and(|said| said.contains(part)), "{cells:?}: {said:?}"),
            }
        }
    }
}
