//! Which document a path of a Codex home belongs to.

use super::{Kind, Name};
use crate::launch::bundle::is_safe_path;

/// A file of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The document's kind.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// A further file of a skill; `None`: its main text.
    pub file: Option<String>,
}

impl Place {
    /// `None`: no document could be there.
    pub fn parse(path: &str) -> Option<Self> {
        if !is_safe_path(path) {
            return None;
        }
        let (kind, name, file) = match *path.splitn(3, '/').collect::<Vec<_>>() {
            ["AGENTS.md"] => return Some(Self { kind: Kind::Agents, name: Name::agents(), file: None }),
            ["prompts", name] => (Kind::Command, name, None),
            ["skills", slug, "SKILL.md"] => (Kind::Skill, slug, None),
            ["skills", slug, file] => (Kind::Skill, slug, Some(file.to_owned())),
            _ => return None,
        };
        Some(Self { kind, name: Name::parse(kind, name).ok()?, file })
    }

    /// The path of a document's file.
    pub fn path(kind: Kind, name: &str, file: Option<&str>) -> String {
        match kind {
            Kind::Agents => "AGENTS.md".to_owned(),
            Kind::Command => format!("prompts/{name}"),
            Kind::Skill => format!("skills/{name}/{}", file.unwrap_or("SKILL.md")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_places_are_the_same_thing() {
        for path in ["AGENTS.md", "prompts/x.md", "skills/x/SKILL.md", "skills/x/references/a/b.md"] {
            let place = Place::parse(path).unwrap();
            assert_eq!(Place::path(place.kind, place.name.as_str(), place.file.as_deref()), path);
        }
        for bad in [
            "",
            "auth.json",
            "config.toml",
            "prompts",
            "prompts/a/b.md",
            "prompts/.x",
            "skills/x",
            "skills/.system/x/SKILL.md",
            "../AGENTS.md",
            "skills/x/../../y",
            "agents.md",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
