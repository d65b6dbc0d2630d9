//! What ChatGPT said of the account's quota.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use shared::auth::sql as auth;
use shared::quota::import;
use shared::{AppError, AppResult};

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::source::{PAGE, Table};
use super::step::Step;

#[rustfmt::skip]
const SNAPSHOTS: Table = Table { name: "chatgpt_usage_snapshots", columns: &[
    "id", "status", "plan_type", "rate_allowed", "rate_limit_reached", "primary_used_percent", "primary_limit_seconds",
    "primary_reset_after_seconds", "primary_reset_at", "secondary_used_percent", "secondary_limit_seconds", "secondary_reset_after_seconds",
    "secondary_reset_at", "has_credits", "unlimited", "credit_balance", "raw", "fetched_at",
] };

/// This server keeps them no longer.
const KEPT: TimeDelta = TimeDelta::days(400);

/// Brings those that are newer than what is here: this server's own history is not mixed with another's.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let mut conn = step.app.db.acquire().await.map_err(AppError::from)?;
    let newest = import::newest(&mut conn).await.map_err(AppError::from)?;
    let generation = auth::generation(&mut conn).await.map_err(AppError::from)?;
    drop(conn);
    let (oldest, mut kind) = (step.now - KEPT, Kind::default());
    let (mut after, mut failed, mut old) = (0, 0, 0);
    loop {
        let rows = step.old.page(SNAPSHOTS, after).await.map_err(ImportError::Old)?;
        let Some(last) = rows.last() else { break };
        after = last.id();
        let mut answers = Vec::new();
        for row in &rows {
            kind.there += 1;
            match answer(row) {
                None => failed += 1,
                Some((at, _)) if newest.is_some_and(|newest| at <= newest) => kind.here += 1,
                Some((at, _)) if at < oldest => old += 1,
                Some((at, answer)) => match import::check(&answer, at) {
                    Ok(()) => answers.push((at, answer)),
                    Err(why) => kind.lose("a snapshot", why),
                },
            }
        }
        kind.new += answers.len() as u64;
        write(step, generation, answers).await?;
        if rows.len() < PAGE {
            break;
        }
    }
    step.report.leave(failed, "failed attempts to learn the quota");
    step.report.leave(old, "quota snapshots older than 400 days");
    step.report.add("quota snapshots", kind);
    Ok(())
}

async fn write(step: &Step<'_>, generation: u64, answers: Vec<(DateTime<Utc>, Value)>) -> AppResult<()> {
    if !step.apply || answers.is_empty() {
        return Ok(());
    }
    let mut change = step.change().await?;
    for (at, answer) in &answers {
        import::bring(&mut change, *at, generation, answer).await?;
    }
    change.record("import.quota", &step.source, (), json!({ "snapshots": answers.len() }));
    change.commit().await
}

/// What ChatGPT answered, from the answer itself, or from what was read of it; `None`: the attempt failed.
fn answer(row: &Row) -> Option<(DateTime<Utc>, Value)> {
    let at = row.time("fetched_at").filter(|_| row.text("status") == Some("ok"))?;
    let whole = row.text("raw").and_then(|text| serde_json::from_str::<Value>(text).ok()).filter(|value| value["rate_limit"].is_object());
    Some((at, whole.unwrap_or_else(|| from_columns(row))))
}

fn from_columns(row: &Row) -> Value {
    let flag = |column: &str| row.text(column).map(|_| row.flag(column, false));
    let window = |which: &str| -> Value {
        let names = [
            ("used_percent", "used_percent"),
            ("limit_window_seconds", "limit_seconds"),
            ("reset_after_seconds", "reset_after_seconds"),
            ("reset_at", "reset_at"),
        ];
        let members = names.map(|(name, column)| Some((name.to_owned(), Value::from(row.text(&format!("{which}_{column}"))?))));
        let members: Map<_, _> = members.into_iter().flatten().collect();
        if members.is_empty() { Value::Null } else { members.into() }
    };
    json!({
        "plan_type": row.text("plan_type"),
        "rate_limit": { "allowed": flag("rate_allowed"), "limit_reached": flag("rate_limit_reached"),
            "primary_window": window("primary"), "secondary_window": window("secondary") },
        "credits": { "has_credits": flag("has_credits"), "unlimited": flag("unlimited"), "balance": row.text("credit_balance") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    #[test]
    fn an_answer_is_read_whole_or_from_its_columns() {
        let of = |raw: &'static str, status: &'static str| {
            row([
                ("status", status),
                ("fetched_at", "2026-01-08 09:00:00"),
                ("plan_type", "pro"),
                ("rate_allowed", "1"),
                ("primary_used_percent", "42"),
                ("primary_limit_seconds", "18000"),
                ("primary_reset_at", "1800000000"),
                ("raw", raw),
            ])
        };
        let whole = answer(&of(r#"{"rate_limit":{"allowed":true},"plan_type":"plus"}"#, "ok")).unwrap().1;
        assert_eq!(whole["plan_type"], "plus");
        for raw in ["", "nonsense", "{}"] {
            let (at, built) = answer(&of(raw, "ok")).unwrap();
            assert_eq!((built["plan_type"].as_str(), &built["rate_limit"]["primary_window"]["used_percent"]), (Some("pro"), &json!("42")));
            assert!(built["rate_limit"]["secondary_window"].is_null() && import::check(&built, at).is_ok(), "{built}");
        }
        assert!(answer(&of("{}", "error")).is_none());
    }
}
