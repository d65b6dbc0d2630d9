//! Which files a Codex of some version gets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::Document;
use super::three_way::Fleet;
use super::{Kind, Place, generated};
use crate::crypto::sha256_hex;
use crate::versions;

/// How Codex reads slash commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Before 0.117: `prompts/<name>.md`.
    Prompts,
    /// From 0.117 on: as skills.
    Skills,
}

impl World {
    /// Of this Codex; a host without one will get a new one.
    pub fn of(codex: Option<&str>) -> Self {
        if codex.is_none_or(|version| versions::at_least(version, (0, 117, 0))) { Self::Skills } else { Self::Prompts }
    }
}

/// A file for a Codex home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Below the Codex home.
    pub path: String,
    /// What is in it.
    pub contents: Arc<str>,
    /// Its SHA-256.
    pub sha256: String,
    /// The document it is of, …
    pub artifact_id: u64,
    /// … and the version.
    pub version: u32,
    /// Generated: a change of it cannot be taken back into its document.
    pub made: bool,
}

impl File {
    /// Scripts may be run; nothing is for others.
    pub fn mode(&self) -> u32 {
        if self.contents.starts_with("#!") { 0o700 } else { 0o600 }
    }
}

/// The files of one document. `slug` is where a slash command's skill goes.
pub fn files(document: &Document, world: World, slug: &str) -> Vec<File> {
    let file = |path: String, contents: &str, made| File {
        path,
        sha256: sha256_hex(contents),
        contents: contents.into(),
        artifact_id: document.id,
        version: document.version,
        made,
    };
    let own = |name: Option<&str>, contents: &str| file(Place::path(document.kind, &document.name, name), contents, false);
    if document.kind == Kind::Command && world == World::Skills {
        let (description, hint) = (document.description.as_deref(), document.argument_hint.as_deref());
        let made = generated::files(slug, &document.name, &document.text.main, description, hint);
        return made.iter().map(|(name, text)| file(format!("skills/{slug}/{name}"), text, true)).collect();
    }
    let further = document.text.files.iter().map(|(name, text)| own(Some(name), text));
    std::iter::once(own(None, &document.text.main)).chain(further).collect()
}

/// All files of one world, by path in lower case: where case does not count, two such are one file.
#[derive(Debug, Default)]
pub struct Layout {
    files: BTreeMap<String, File>,
    /// Prompts that are delivered as skills: their SHA-256.
    elsewhere: BTreeMap<String, String>,
    retired: BTreeSet<String>,
}

impl Layout {
    /// From the documents that are current and the main paths of those that are retired.
    pub fn new<'a>(documents: &[Document], retired: impl IntoIterator<Item = &'a (Kind, String)>, world: World) -> Self {
        let mut layout = Self::default();
        let (commands, others): (Vec<_>, Vec<_>) = documents.iter().partition(|document| document.kind == Kind::Command);
        let mut slugs: BTreeSet<_> =
            others.iter().filter(|other| other.kind == Kind::Skill).map(|skill| skill.name.to_ascii_lowercase()).collect();
        for document in others {
            layout.add(files(document, world, ""));
        }
        for command in commands {
            let slug = free_slug(generated::slug(&command.name), &mut slugs);
            layout.add(files(command, world, &slug));
            if world == World::Skills {
                layout.elsewhere.insert(Place::path(Kind::Command, &command.name, None).to_ascii_lowercase(), command.text.sha256());
            }
        }
        layout.retired = retired.into_iter().map(|(kind, name)| Place::path(*kind, name, None).to_ascii_lowercase()).collect();
        layout
    }

    fn add(&mut self, files: Vec<File>) {
        self.files.extend(files.into_iter().map(|file| (file.path.to_ascii_lowercase(), file)));
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(key, file)| (key.as_str(), file))
    }

    /// The file with this key, a path in lower case.
    pub fn get(&self, key: &str) -> Option<&File> {
        self.files.get(key)
    }

    /// What the fleet has there.
    pub fn fleet(&self, key: &str) -> Fleet<'_> {
        match (self.files.get(key), self.elsewhere.get(key)) {
            (Some(file), _) if file.made => Fleet::Made(&file.sha256),
            (Some(file), _) => Fleet::Has(&file.sha256),
            (None, Some(sha)) => Fleet::Elsewhere(sha),
            (None, None) if self.retired.contains(key) => Fleet::Retired,
            (None, None) => Fleet::Unknown,
        }
    }
}

/// A skill that somebody wrote keeps its name; the command's gets another.
fn free_slug(slug: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = slug.to_owned();
    while !taken.insert(free.to_ascii_lowercase()) {
        free.push_str("-command");
    }
    free
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn document(id: u64, kind: Kind, name: &str, files: &[(&str, &str)]) -> Document {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let text = Text { main: format!("text of {name}"), files };
        Document { id, kind, name: name.to_owned(), version: 1, description: None, argument_hint: None, text }
    }

    fn paths(documents: &[Document], world: World) -> Vec<String> {
        Layout::new(documents, &[], world).files().map(|(_, file)| file.path.clone()).collect()
    }

    #[test]
    fn each_codex_gets_what_it_reads() {
        let all = [
            document(1, Kind::Agents, "AGENTS.md", &[]),
            document(2, Kind::Command, "Zebra.md", &[]),
            document(3, Kind::Skill, "ok", &[("scripts/run.sh", "#!/bin/sh\n")]),
        ];
        assert_eq!(paths(&all, World::Prompts), ["AGENTS.md", "prompts/Zebra.md", "skills/ok/scripts/run.sh", "skills/ok/SKILL.md"]);
        assert_eq!(
            paths(&all, World::Skills),
            ["AGENTS.md", "skills/ok/scripts/run.sh", "skills/ok/SKILL.md", "skills/Zebra/agents/openai.yaml", "skills/Zebra/SKILL.md"]
        );
        let layout = Layout::new(&all, &[(Kind::Command, "Old.md".to_owned())], World::Skills);
        assert_eq!(layout.get("skills/ok/scripts/run.sh").unwrap().mode(), 0o700);
        assert_eq!(layout.get("agents.md").unwrap().mode(), 0o600);
        assert!(matches!(layout.fleet("prompts/zebra.md"), Fleet::Elsewhere(_)));
        assert!(matches!(layout.fleet("skills/zebra/skill.md"), Fleet::Made(_)));
        assert_eq!(layout.fleet("prompts/old.md"), Fleet::Retired);
        assert_eq!(layout.fleet("prompts/new.md"), Fleet::Unknown);
    }

    #[test]
    fn the_worlds_part_at_0_117() {
        for (codex, world) in
            [(Some("0.80.0"), World::Prompts), (Some("0.116.0"), World::Prompts), (Some("0.117.0"), World::Skills), (None, World::Skills)]
        {
            assert_eq!(World::of(codex), world, "{codex:?}");
        }
    }

    #[test]
    fn a_command_does_not_take_the_place_of_a_skill() {
        let all = [document(1, Kind::Command, "x.md", &[]), document(2, Kind::Command, "X", &[]), document(3, Kind::Skill, "x", &[])];
        let found = paths(&all, World::Skills);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found.contains(&"skills/x-command/SKILL.md".to_owned()) && found.contains(&"skills/X-command-command/SKILL.md".to_owned()));
    }
}
