//! How much of everything there may be.

use std::collections::BTreeMap;

use super::Kind;
use crate::launch::bundle::is_safe_path;
use crate::{AppError, AppResult};

/// The largest document or file of a skill, in bytes.
pub const FILE_BYTES: usize = 256 * 1024;
/// The most files of one skill, SKILL.md included.
pub const SKILL_FILES: usize = 64;
/// All files of one skill, in bytes.
pub const SKILL_BYTES: usize = 1024 * 1024;
/// Documents of the fleet, the retired included.
pub const FLEET_ARTIFACTS: u64 = 1000;
/// Pushes of one host that wait for an operator.
pub const WAITING_PUSHES: u64 = 100;
/// The longest path of a file inside its skill.
const SKILL_PATH: usize = 100;

/// Checks the size and the characters of one text.
pub fn text(field: &str, text: &str) -> AppResult<()> {
    if text.len() > FILE_BYTES {
        return Err(AppError::invalid(field, format!("{field} must be at most {FILE_BYTES} bytes")));
    }
    if text.contains('\0') {
        return Err(AppError::invalid(field, format!("{field} must be text")));
    }
    Ok(())
}

/// Checks the further files of a skill beside its SKILL.md.
pub fn skill_files(manifest: &str, files: &BTreeMap<String, String>) -> AppResult<()> {
    if files.len() + 1 > SKILL_FILES {
        return Err(AppError::invalid("files", format!("a skill has at most {SKILL_FILES} files")));
    }
    let mut seen = std::collections::BTreeSet::from(["skill.md".to_owned()]);
    for (path, content) in files {
        let field = format!("files.{path}");
        let hidden = path.split('/').any(|part| part.starts_with(['.', '-']));
        if !is_safe_path(path) || hidden || path.len() > SKILL_PATH {
            return Err(AppError::invalid(
                &field,
                format!("a path is relative, at most {SKILL_PATH} plain characters, and no part begins with a dot or hyphen"),
            ));
        }
        // Where case does not count one would overwrite the other; and a file cannot be a folder.
        let key = path.to_ascii_lowercase();
        let nested = |other: &String| other.starts_with(&format!("{key}/")) || key.starts_with(&format!("{other}/"));
        if seen.contains(&key) || seen.iter().any(nested) {
            return Err(AppError::invalid(&field, "another file of this skill has this path"));
        }
        seen.insert(key);
        text(&field, content)?;
    }
    let bytes = manifest.len() + files.values().map(String::len).sum::<usize>();
    if bytes > SKILL_BYTES {
        return Err(AppError::invalid("files", format!("a skill has at most {SKILL_BYTES} bytes")));
    }
    Ok(())
}

/// Checks that there is room for one more document.
pub fn fleet(kind: Kind, there_are: u64) -> AppResult<()> {
    if there_are >= FLEET_ARTIFACTS {
        return Err(AppError::invalid(kind.fields().0, format!("a fleet has at most {FLEET_ARTIFACTS} documents, retired ones included")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(files: &[(&str, usize)]) -> Option<String> {
        let files = files.iter().map(|(path, size)| ((*path).to_owned(), "x".repeat(*size))).collect();
        match skill_files("manifest", &files) {
            Err(AppError::Invalid(errors)) => errors.keys().next().cloned(),
            other => other.map(|()| None).unwrap(),
        }
    }

    #[test]
    fn a_skill_stays_within_its_limits() {
        assert_eq!(refuse(&[("references/a.md", 5), ("scripts/run.sh", FILE_BYTES)]), None);
        for bad in ["../x", "/x", "a/../b", "a b", ".git/config", "a/-x", "SKILL.md", "skill.MD", "skill.md/x", ""] {
            assert_eq!(refuse(&[(bad, 1)]), Some(format!("files.{bad}")), "{bad}");
        }
        assert_eq!(refuse(&[("a", 1), ("A", 1)]), Some("files.a".to_owned()));
        assert_eq!(refuse(&[("a", 1), ("a/b", 1)]), Some("files.a/b".to_owned()));
        assert_eq!(refuse(&[("a", FILE_BYTES + 1)]), Some("files.a".to_owned()));
        assert_eq!(refuse(&[("a", FILE_BYTES), ("b", FILE_BYTES), ("c", FILE_BYTES), ("d", FILE_BYTES)]), Some("files".to_owned()));
        let many: Vec<_> = (0..64).map(|n| format!("f{n}")).collect();
        assert_eq!(refuse(&many.iter().map(|path| (path.as_str(), 1)).collect::<Vec<_>>()), Some("files".to_owned()));
        assert_eq!(refuse(&many[1..].iter().map(|path| (path.as_str(), 1)).collect::<Vec<_>>()), None);
    }
}
