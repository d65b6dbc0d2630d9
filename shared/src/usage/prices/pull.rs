//! Keeping prices current: the operator's list, else the environment's, else the built-in ones.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::sql::Row;
use super::{Origin, Rates, backfill, list, sql};
use crate::{App, AppError, AppResult};

/// How long the list may take, and how long it may be.
const TIMEOUT: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 1024 * 1024;

/// Fetches the list when there is one, stores what has changed, and costs what waits for a price. Gives the number of
/// prices that changed. A list that does not answer changes nothing; the error says so.
pub async fn run(app: &App) -> AppResult<u64> {
    let pulled = match &app.config.pricing_url {
        Some(url) => fetch(url).await.map(Some),
        None => Ok(None),
    };
    let mut wanted = list::offline(app.config.gpt51.as_ref());
    let (failed, bad) = match pulled {
        Ok(Some((prices, bad))) => {
            wanted.extend(prices.into_iter().map(|(model, rates)| (model, (rates, Origin::List))));
            (None, bad)
        }
        Ok(None) => (None, Vec::new()),
        Err(error) => (Some(error), Vec::new()),
    };
    let changed = store(app, wanted).await?;
    backfill::run(app).await?;
    match failed {
        Some(error) => Err(error),
        None if !bad.is_empty() => Err(AppError::Upstream(format!("the price list has entries that cannot be read: {}", bad.join(", ")))),
        None => Ok(changed),
    }
}

/// Stores what is known without a list, where nothing better is.
pub async fn offline(app: &App) -> AppResult<()> {
    store(app, list::offline(app.config.gpt51.as_ref())).await?;
    backfill::run(app).await?;
    Ok(())
}

async fn store(app: &App, wanted: BTreeMap<String, (Rates, Origin)>) -> AppResult<u64> {
    let mut tx = app.begin().await?;
    let now = app.clock.now();
    let current: BTreeMap<_, _> = sql::current(&mut tx).await?.into_iter().map(|row| (row.model.clone(), row)).collect();
    let url = app.config.pricing_url.as_deref();
    let mut changed = 0;
    for (model, (rates, origin)) in wanted {
        match decide(current.get(&model), &rates, origin, url.is_some()) {
            Decision::Keep => {}
            Decision::Seen(id) => sql::seen(&mut tx, now, id).await?,
            Decision::Add => {
                sql::add(&mut tx, now, &model, &rates, origin, url.filter(|_| origin == Origin::List)).await?;
                changed += 1;
            }
        }
    }
    tx.commit().await?;
    app.prices.forget();
    Ok(changed)
}

#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Keep,
    Seen(u64),
    Add,
}

/// An operator's price stays. A list's stays while there is a list, though it did not answer or does not name the model now.
fn decide(current: Option<&Row>, rates: &Rates, origin: Origin, has_list: bool) -> Decision {
    match current {
        Some(row) if row.source == Origin::Operator.name() => Decision::Keep,
        Some(row) if row.rates() == *rates && row.source == origin.name() => Decision::Seen(row.id),
        Some(row) if has_list && origin < Origin::List && row.source == Origin::List.name() => Decision::Keep,
        _ => Decision::Add,
    }
}

async fn fetch(url: &str) -> AppResult<(BTreeMap<String, Rates>, Vec<String>)> {
    let failed = |why: String| AppError::Upstream(format!("the price list did not answer: {why}"));
    let client = crate::http::client::new().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::limited(3)).build();
    let request = client.map_err(|error| failed(error.to_string()))?.get(url).header("accept", "application/json");
    let answer =
        request.send().await.and_then(reqwest::Response::error_for_status).map_err(|error| failed(error.without_url().to_string()))?;
    if answer.content_length().is_some_and(|length| length > MOST_BYTES as u64) {
        return Err(failed("it has more than 1 MiB".to_owned()));
    }
    let bytes = answer.bytes().await.map_err(|error| failed(error.without_url().to_string()))?;
    if bytes.len() > MOST_BYTES {
        return Err(failed("it has more than 1 MiB".to_owned()));
    }
    let body: Value = serde_json::from_slice(&bytes).map_err(|error| failed(format!("it is no JSON: {error}")))?;
    list::parse(&body).map_err(|why| failed(why.to_owned()))
}
