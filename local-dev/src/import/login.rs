//! The canonical login.

use serde_json::{Map, Value, json};
use shared::auth::canonical::Login;
use shared::auth::decide::{Authority, Store};
use shared::auth::document::Node;
use shared::auth::sql::Source;
use shared::auth::store::store;
use shared::crypto::{Keyring, sha256_hex};

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::secret::{self, Secret};
use super::source::Table;
use super::step::{Step, refusal, why};

/// What is read of logins.
pub const PAYLOADS: Table = Table { name: "auth_payloads", columns: &["id", "last_refresh", "sha256", "body", "created_at"] };

const ENTRIES: Table = Table {
    name: "auth_entries",
    columns: &["id", "payload_id", "target", "token", "token_type", "organization", "project", "api_base", "meta"],
};

/// A login that can be stored, and what is to be said of it.
struct Found {
    document: String,
    note: Option<&'static str>,
}

/// Brings the newest login, as an owner's upload would; the earlier ones are worth nothing.
pub async fn bring(step: &mut Step<'_>, pointer: Option<u64>) -> Result<(), ImportError> {
    let payloads = step.old.all(PAYLOADS, "id").await.map_err(ImportError::Old)?;
    let mut kind = Kind::of(u64::from(!payloads.is_empty()));
    step.report.leave((payloads.len() as u64).saturating_sub(1), "earlier logins");
    if let Some(payload) = canonical(&payloads, pointer) {
        let entries = step.old.all(ENTRIES, "id").await.map_err(ImportError::Old)?;
        let entries: Vec<_> = entries.into_iter().filter(|row| row.number("payload_id") == Some(payload.id())).collect();
        match find(payload, &entries, &step.keys) {
            Ok(found) => take(step, &mut kind, found).await?,
            Err(why) => kind.lose("the login", format!("{why}: seed this server anew, with a seed command or an upload")),
        }
    }
    step.report.add("login", kind);
    Ok(())
}

async fn take(step: &mut Step<'_>, kind: &mut Kind, found: Found) -> Result<(), ImportError> {
    let again = "seed this server anew, with a seed command or an upload";
    let parsed = Node::parse(found.document.as_bytes()).map_err(|why| format!("it is no JSON: {why}"));
    let parsed = parsed.and_then(|node| {
        Login::parse(node, step.app.config.token_min_length, step.now).map_err(|fields| why(&shared::AppError::Invalid(fields)))
    });
    let login = match parsed {
        Ok(login) => login,
        Err(why) => {
            kind.lose("the login", format!("{why}: {again}"));
            return Ok(());
        }
    };
    step.report.note(match login.token("refresh_token") {
        Some(_) => "the login comes with its refresh token: from now on this server alone should spend it, so stop the old one",
        None => "the login has no refresh token: it works until it expires",
    });
    found.note.into_iter().for_each(|note| step.report.note(note));
    let mut change = step.change().await?;
    match refusal(store(step.app, &mut change, &login, Source::Upload, Authority::Trusted).await)? {
        Ok((Store::Updated, _)) => kind.new += 1,
        Ok((Store::Unchanged, _)) => kind.here += 1,
        Ok(_) => {
            kind.here += 1;
            step.report.note("the login here is newer than the old server's, and stays");
        }
        Err(why) => kind.lose("the login", why),
    }
    if step.apply {
        change.commit().await?;
    }
    Ok(())
}

/// The one that the old server points at, or its newest.
fn canonical(payloads: &[Row], pointer: Option<u64>) -> Option<&Row> {
    let chosen = pointer.and_then(|id| payloads.iter().find(|row| row.id() == id));
    chosen.or_else(|| payloads.iter().max_by_key(|row| (row.time("created_at"), row.id())))
}

fn find(payload: &Row, entries: &[Row], keys: &Keyring) -> Result<Found, String> {
    if let Secret::Plain(document) = secret::open(keys, payload.raw("body")) {
        let intact = payload.text("sha256").is_none_or(|digest| digest.eq_ignore_ascii_case(&sha256_hex(&document)));
        return if intact { Ok(Found { document, note: None }) } else { Err("its digest is another's, so somebody changed it".to_owned()) };
    }
    let auths = entries.iter().map(|row| entry(row, keys)).collect::<Option<Map<_, _>>>().filter(|auths| !auths.is_empty());
    let auths = auths.ok_or("it does not open with the old AUTH_ENCRYPTION_KEY")?;
    let document = json!({ "last_refresh": payload.text("last_refresh"), "auths": auths }).to_string();
    Ok(Found { document, note: Some("the login was put together from its entries, because its document does not open") })
}

fn entry(row: &Row, keys: &Keyring) -> Option<(String, Value)> {
    let Secret::Plain(token) = secret::open(keys, row.raw("token")) else { return None };
    let mut entry: Map<String, Value> = row.text("meta").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    entry.insert("token".to_owned(), token.into());
    for column in ["token_type", "organization", "project", "api_base"] {
        entry.extend(row.text(column).map(|text| (column.to_owned(), text.into())));
    }
    Some((row.text("target")?.to_owned(), Value::Object(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    fn keys() -> Keyring {
        Keyring::parse(&Keyring::generate()).unwrap()
    }

    #[test]
    fn the_pointer_decides_and_then_the_newest() {
        let payload = |id: &str, at: &str| row([("id", id), ("created_at", at)]);
        // The first is the newest, whatever form its time has.
        let all = [payload("7", "2026-02-01T10:00:00Z"), payload("8", "2026-02-01T10:00:00+02:00"), payload("9", "2026-01-01 00:00:00")];
        for (pointer, expected) in [(Some(8), 8), (Some(99), 7), (None, 7)] {
            assert_eq!(canonical(&all, pointer).map(Row::id), Some(expected), "{pointer:?}");
        }
        assert!(canonical(&[], None).is_none());
    }

    #[test]
    fn a_document_that_was_changed_or_does_not_open_is_told() {
        let keys = keys();
        let body = r#"{"last_refresh":"2026-02-01T00:00:00Z"}"#;
        let (sealed, digest, token) = (keys.seal(body), sha256_hex(body), keys.seal("token-of-the-entry-0123456789"));
        let of =
            |body: &str, digest: &str| row([("id", "1"), ("body", body), ("sha256", digest), ("last_refresh", "2026-02-01T00:00:00Z")]);
        let entries = [row([("target", "api.openai.com"), ("token", &token), ("organization", "o"), ("meta", "{\"n\":1}")])];
        let found = |payload: &Row, entries: &[Row]| find(payload, entries, &keys).map(|found| (found.document, found.note.is_some()));

        assert_eq!(found(&of(&sealed, &digest), &[]).unwrap(), (body.to_owned(), false));
        assert_eq!(found(&of(body, &digest), &[]).unwrap().0, body, "from before bodies were sealed");
        assert!(found(&of(&sealed, &"0".repeat(64)), &entries).unwrap_err().contains("changed"));
        let (rebuilt, noted) = found(&of("sbox:v1:AAAA", &digest), &entries).unwrap();
        assert!(
            noted && rebuilt.starts_with("{\"last_refresh\":\"2026-02-01T00:00:00Z\",\"auths\":{\"api.openai.com\":{\"n\":1,\"token\":"),
            "{rebuilt}"
        );
        assert!(rebuilt.contains("\"organization\":\"o\""), "{rebuilt}");
        assert!(found(&of("sbox:v1:AAAA", &digest), &[]).unwrap_err().contains("AUTH_ENCRYPTION_KEY"));
        let closed = [row([("target", "a"), ("token", "sbox:v1:AAAA")])];
        assert!(found(&of("", &digest), &closed).is_err());
    }
}
