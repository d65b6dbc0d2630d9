//! What holds now against what was known to: the difference opens and ends conditions, once for all instances.

use serde_json::{Value, json};
use sqlx::MySqlConnection;

use super::conditions::{Condition, active};
use super::facts::gather;
use super::sql::{self, Open};
use crate::hosts::view::atom;
use crate::{App, AppResult, random};

/// What has to be written.
#[derive(Debug, Default, PartialEq)]
struct Plan<'a> {
    opened: Vec<&'a Condition>,
    ended: Vec<&'a Open>,
    /// Still open, in other words.
    renewed: Vec<(u64, &'a Condition)>,
}

fn plan<'a>(open: &'a [Open], active: &'a [Condition]) -> Plan<'a> {
    let same = |open: &Open, condition: &Condition| open.kind == condition.kind && open.subject == condition.subject;
    let mut plan = Plan::default();
    for condition in active {
        match open.iter().find(|open| same(open, condition)) {
            None => plan.opened.push(condition),
            Some(open) if open.summary != condition.summary || open.value() != condition.details => {
                plan.renewed.push((open.id, condition));
            }
            Some(_) => {}
        }
    }
    plan.ended.extend(open.iter().filter(|open| !active.iter().any(|condition| same(open, condition))));
    plan
}

/// Opens what holds and was not known, ends what was known and does not hold. Gives how many of both.
pub async fn evaluate(app: &App) -> AppResult<u64> {
    let active = active(&gather(app).await?);
    let open = sql::open(&mut *app.db.acquire().await?).await?;
    let Plan { opened, ended, renewed } = plan(&open, &active);
    let mut changed = 0;
    for condition in opened {
        changed += u64::from(begin(app, condition).await?);
    }
    for condition in ended {
        changed += u64::from(end(app, condition).await?);
    }
    let mut conn = app.db.acquire().await?;
    for (id, condition) in renewed {
        sql::renew(&mut conn, id, &condition.summary, &condition.details.to_string()).await?;
    }
    Ok(changed)
}

/// `false`: another instance was faster.
async fn begin(app: &App, condition: &Condition) -> AppResult<bool> {
    let mut tx = app.begin().await?;
    let Some(id) = sql::begin(&mut tx, app.clock.now(), condition).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let Condition { kind, summary, details, .. } = condition;
    announce(app, &mut tx, Event { condition: Some(id), kind, state: "opened", summary, details: details.clone() }).await?;
    tx.commit().await?;
    Ok(true)
}

async fn end(app: &App, open: &Open) -> AppResult<bool> {
    let mut tx = app.begin().await?;
    if !sql::end(&mut tx, app.clock.now(), open.id).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let details = open.value();
    announce(app, &mut tx, Event { condition: Some(open.id), kind: &open.kind, state: "ended", summary: &open.summary, details }).await?;
    tx.commit().await?;
    Ok(true)
}

/// What a webhook is told.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub condition: Option<u64>,
    pub kind: &'a str,
    pub state: &'static str,
    pub summary: &'a str,
    pub details: Value,
}

/// Every webhook that wants this kind gets its delivery, in the transaction that decided.
async fn announce(app: &App, conn: &mut MySqlConnection, event: Event<'_>) -> AppResult<()> {
    for webhook in sql::enabled_webhooks(conn).await? {
        if webhook.wants(event.kind) {
            deliver_to(app, conn, webhook.id, &event).await?;
        }
    }
    Ok(())
}

/// One delivery, due at once. Its body never changes: an attempt that is repeated says the same. Gives its row id.
pub(super) async fn deliver_to(app: &App, conn: &mut MySqlConnection, webhook: u64, event: &Event<'_>) -> AppResult<u64> {
    let (id, now) = (random::uuid(), app.clock.now());
    let body = json!({
        "id": id, "kind": event.kind, "state": event.state, "summary": event.summary, "details": event.details,
        "at": atom(now), "condition_id": event.condition, "installation_id": app.config.installation_id,
    });
    Ok(sql::add_delivery(conn, now, webhook, &id, event, &body.to_string()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(subject: &str, summary: &str) -> Condition {
        Condition { kind: "job_failing", subject: subject.to_owned(), summary: summary.to_owned(), details: json!({ "job": subject }) }
    }

    fn open(id: u64, condition: &Condition) -> Open {
        let (kind, details) = (condition.kind.to_owned(), condition.details.to_string());
        Open { id, kind, subject: condition.subject.clone(), summary: condition.summary.clone(), details }
    }

    #[test]
    fn the_difference_opens_and_ends() {
        let (new, same, changed, gone) = (condition("new", "x"), condition("same", "x"), condition("changed", "y"), condition("gone", "x"));
        let known = [open(1, &same), open(2, &condition("changed", "x")), open(3, &gone)];
        let active = [new.clone(), same, changed.clone()];
        assert_eq!(plan(&known, &active), Plan { opened: vec![&new], ended: vec![&known[2]], renewed: vec![(2, &changed)] });
        assert_eq!(plan(&known, &[]).ended.len(), 3);
        assert_eq!(plan(&[], &active).opened.len(), 3);
        assert_eq!(plan(&[], &[]), Plan::default());
    }
}
