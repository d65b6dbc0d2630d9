//! `fs_*`: a host's own files on the server, in its database.

use rmcp::model::Tool;
use serde_json::{Map, Value, json};
use shared::mcp_files::path::FilePath;
use shared::mcp_files::search::{Wanted, search};
use shared::mcp_files::write::{Mode, decode, delete, write};
use shared::mcp_files::{list, read};
use shared::memories::input::limit;
use shared::{AppError, AppResult};

use super::arguments::{flag, optional, required, texts, version};
use super::schema::{self, Effect, number, text, tool};
use crate::server::Server;

const PATH: &str = "Relative to the root of this host's files on the server, like notes/build.md. shared/… is readable for other hosts; \
                    fleet/<host>/… are theirs, where an operator has granted it";

/// The tools.
pub fn tools() -> Vec<Tool> {
    let path = ("path", text(PATH));
    vec![
        tool(
            "fs_read_file",
            "Read a file",
            Effect::Reads,
            "Read one of this host's files on the server: text as it is, anything else as base64. It does not reach the machine you work on.",
            &[path.clone(), ("encoding", text("base64: as that even if it is text"))],
            &["path"],
        ),
        tool(
            "fs_write_file",
            "Write a file",
            Effect::Replaces,
            "Keep a text or base64 as a file on the server, for later sessions on this host; below shared/ for other hosts as well. \
             Directories need not be made. It does not reach the machine you work on. Secrets are refused.",
            &[
                path.clone(),
                ("content", text("All of it, up to 1 MiB unless the operator set another limit")),
                ("encoding", text("utf-8 (the default) or base64")),
                ("create_if_missing", schema::flag("Whether it may be made; true by default")),
                ("overwrite", schema::flag("Whether what is there may be replaced; true by default")),
                ("if_version", number(0, u32::MAX, "Write only if the file still has this version; 0: only if there is none")),
            ],
            &["path", "content"],
        ),
        tool(
            "fs_list_dir",
            "List a directory",
            Effect::Reads,
            "List what is directly in a directory of this host's files on the server, by name. The root is an empty path.",
            &[path.clone(), ("glob", text("Only names that match, like *.md"))],
            &["path"],
        ),
        tool(
            "fs_stat",
            "Look at a path",
            Effect::Reads,
            "Say whether a path is a file or a directory, how large it is, when it changed and its version.",
            std::slice::from_ref(&path),
            &["path"],
        ),
        tool(
            "fs_file_exists",
            "Check whether a path is there",
            Effect::Reads,
            "Say whether anything is at a path of this host's files on the server. It is no error when nothing is.",
            std::slice::from_ref(&path),
            &["path"],
        ),
        tool(
            "fs_search_in_files",
            "Search in files",
            Effect::Reads,
            "Find lines in the text files below a directory, whatever their case: a plain text, or a regular expression with regex.",
            &[
                ("root", text("The directory; an empty path is everything of this host")),
                ("pattern", text("What to look for, up to 500 bytes")),
                ("regex", schema::flag("The pattern is a regular expression (Rust syntax); false by default")),
                ("file_glob", schema::texts("Only files whose name or path below root matches one of these, like *.md or docs/**/*.txt")),
                ("max_results", number(1, 1000, "How many lines at most; 200 by default")),
            ],
            &["root", "pattern"],
        ),
        tool(
            "fs_delete",
            "Delete a file",
            Effect::Removes,
            "Delete a file of this host on the server, or with recursive a directory and all in it. It cannot be brought back.",
            &[path, ("recursive", schema::flag("Delete a directory and all in it; false by default"))],
            &["path"],
        ),
    ]
}

/// Runs one.
pub async fn run(server: &Server, verb: &str, arguments: &Map<String, Value>) -> AppResult<Value> {
    match verb {
        "read_file" => read_file(server, arguments).await,
        "write_file" => write_file(server, arguments).await,
        "list_dir" => {
            let path = FilePath::parse("path", required(arguments, "path")?)?;
            Ok(json!(list::list(&server.app, &server.reach().await?, &path, optional(arguments, "glob")?).await?))
        }
        "stat" => stat(server, arguments).await?.ok_or(AppError::NotFound("path")),
        "file_exists" => Ok(match stat(server, arguments).await? {
            None => json!({ "exists": false, "path": required(arguments, "path")?.trim() }),
            Some(found) => found,
        }),
        "search_in_files" => search_in_files(server, arguments).await,
        _ => {
            let path = FilePath::of_file("path", required(arguments, "path")?.trim_end_matches('/'))?;
            let deleted = delete(&server.app, server.host.id, &path, flag(arguments, "recursive", false)?).await?;
            let status = if deleted.files > 0 { "deleted" } else { "missing" };
            Ok(json!({ "status": status, "path": path.as_str(), "files": deleted.files }))
        }
    }
}

async fn read_file(server: &Server, arguments: &Map<String, Value>) -> AppResult<Value> {
    let path = FilePath::of_file("path", required(arguments, "path")?)?;
    let as_base64 = match optional(arguments, "encoding")? {
        None | Some("" | "utf-8" | "utf8" | "text" | "auto") => false,
        Some("base64") => true,
        Some(_) => return Err(AppError::invalid("encoding", "encoding must be utf-8 or base64")),
    };
    Ok(json!(read::read(&server.app, &server.reach().await?, &path, as_base64).await?))
}

async fn write_file(server: &Server, arguments: &Map<String, Value>) -> AppResult<Value> {
    let path = FilePath::of_file("path", required(arguments, "path")?)?;
    let bytes = decode(required(arguments, "content")?, optional(arguments, "encoding")?)?;
    let mode = Mode {
        create: flag(arguments, "create_if_missing", true)?,
        overwrite: flag(arguments, "overwrite", true)?,
        if_version: version(arguments, "if_version")?,
    };
    Ok(json!(write(&server.app, server.host.id, &path, &bytes, mode, server.session.as_deref()).await?))
}

/// What is at a path, in the form of the contract.
async fn stat(server: &Server, arguments: &Map<String, Value>) -> AppResult<Option<Value>> {
    let path = FilePath::parse("path", required(arguments, "path")?)?;
    let found = read::stat(&server.app, &server.reach().await?, &path).await?;
    Ok(found.map(|stat| {
        let mut value = json!({ "exists": true });
        if let (Value::Object(all), Value::Object(more)) = (&mut value, json!(stat)) {
            all.extend(more);
        }
        value
    }))
}

async fn search_in_files(server: &Server, arguments: &Map<String, Value>) -> AppResult<Value> {
    let root = FilePath::parse("root", required(arguments, "root")?)?;
    let wanted = Wanted {
        pattern: required(arguments, "pattern")?,
        is_regex: flag(arguments, "regex", false)?,
        globs: texts(arguments, "file_glob")?,
        most: limit(arguments.get("max_results"), 200, 1000) as usize,
    };
    Ok(json!(search(&server.app, &server.reach().await?, &root, &wanted).await?))
}
