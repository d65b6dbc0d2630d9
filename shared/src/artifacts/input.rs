//! What clients send for a document, by the contract.

use std::collections::BTreeMap;

use super::push::Details;
use super::{Draft, Kind, Name, Text, front_matter, skill};
use crate::crypto::is_sha256;
use crate::extract::short_text;
use crate::{AppError, AppResult};

/// The body of a store.
#[derive(Debug, Default)]
pub struct Given<'a> {
    /// `filename` or `slug`.
    pub name: Option<&'a str>,
    /// The text under its own name or under `content`.
    pub text: Option<&'a str>,
    /// Instead of what the text says.
    pub description: Option<&'a str>,
    /// Instead of what the text says.
    pub argument_hint: Option<&'a str>,
    /// Of a skill.
    pub display_name: Option<&'a str>,
    /// SHA-256 of the text, for its integrity.
    pub sha256: Option<&'a str>,
    /// All further files of a skill; `None`: those there are stay.
    pub files: Option<BTreeMap<String, String>>,
}

/// A SHA-256 in lower case; absent and blank are none.
pub fn sha256(text: Option<&str>) -> AppResult<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if !is_sha256(text) {
        return Err(AppError::invalid("sha256", "sha256 must be 64 hex characters"));
    }
    Ok(Some(text.to_ascii_lowercase()))
}

/// Checks a body and makes it a draft. Further files that are not given are empty.
pub fn draft(kind: Kind, given: Given<'_>) -> AppResult<Draft> {
    let name = if kind == Kind::Agents { Name::agents() } else { Name::parse(kind, given.name.unwrap_or_default())? };
    let field = kind.fields().1;
    let text = given.text.filter(|text| kind == Kind::Agents || !text.trim().is_empty());
    let main = text.ok_or_else(|| AppError::invalid(field, format!("{field} is required")))?.to_owned();
    let text = Text { main, files: given.files.unwrap_or_default() };
    if sha256(given.sha256)?.is_some_and(|claimed| claimed != text.sha256()) {
        return Err(AppError::invalid("sha256", format!("sha256 does not match {field} contents")));
    }
    let (description, hint) = match kind {
        Kind::Agents => (None, None),
        Kind::Command => front_matter::of_command(&text.main),
        Kind::Skill => (Some(skill::check(&text.main)?.1), None),
    };
    let draft = Draft {
        kind,
        name,
        description: short_text("description", given.description.or(description.as_deref()), 1024)?,
        argument_hint: short_text("argument_hint", given.argument_hint.or(hint.as_deref()), 255)?,
        display_name: short_text("display_name", given.display_name, 255)?,
        text,
    };
    draft.check()?;
    Ok(draft)
}

impl From<&Draft> for Details {
    fn from(draft: &Draft) -> Self {
        Self {
            description: draft.description.clone(),
            argument_hint: draft.argument_hint.clone(),
            display_name: draft.display_name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sixty_four_hex_digits_in_any_case() {
        let upper = "AB".repeat(32);
        assert_eq!(sha256(Some(&upper)).unwrap(), Some("ab".repeat(32)));
        assert_eq!((sha256(None).unwrap(), sha256(Some("")).unwrap()), (None, None));
        assert!(sha256(Some("ab")).is_err() && sha256(Some(&"xy".repeat(32))).is_err());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let skill = "---\nname: x\ndescription: y\n---\n";
        for (kind, given, field) in [
            (Kind::Command, Given { name: Some("x.md"), text: Some(" \n"), ..Given::default() }, "prompt"),
            (Kind::Command, Given { text: Some("x"), ..Given::default() }, "filename"),
            (Kind::Command, Given { name: Some("x"), text: Some("x"), sha256: Some(&"0".repeat(64)), ..Given::default() }, "sha256"),
            (
                Kind::Command,
                Given { name: Some("x"), text: Some("x"), argument_hint: Some(&"x".repeat(256)), ..Given::default() },
                "argument_hint",
            ),
            (Kind::Skill, Given { name: Some("../x"), text: Some(skill), ..Given::default() }, "slug"),
            (Kind::Skill, Given { name: Some("x"), text: Some("no front matter"), ..Given::default() }, "manifest"),
            (Kind::Agents, Given::default(), "content"),
        ] {
            let AppError::Invalid(errors) = draft(kind, given).unwrap_err() else { panic!("{field}") };
            assert_eq!(errors.keys().collect::<Vec<_>>(), [field]);
        }
        assert!(draft(Kind::Agents, Given { text: Some(""), ..Given::default() }).is_ok(), "an empty AGENTS.md is one");
    }
}
