//! Models by number, and their prices: looked up in memory, read anew when they may have changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use super::prices::{DEFAULT_MODEL, Rates};
use super::{prices, sql};
use crate::{App, AppResult};

/// How long this instance believes a price.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);
/// More names than this are taken for one, so that a host cannot fill the table.
const MOST_MODELS: usize = 2_000;
/// The name they are taken for.
pub const OTHER: &str = "(other)";

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its number.
    pub id: u32,
    /// What it costs, and the row that says so; `None`: nobody knows.
    pub price: Option<(u64, Arc<Rates>)>,
}

/// What is known of models.
#[derive(Debug, Default)]
pub struct Models(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    read_at: Option<DateTime<Utc>>,
    ids: HashMap<String, u32>,
    prices: HashMap<String, (u64, Arc<Rates>)>,
}

impl Models {
    /// The next look reads anew.
    pub fn forget(&self) {
        self.0.lock().expect("no thread panics while it looks").read_at = None;
    }

    fn get(&self, name: &str, now: DateTime<Utc>) -> Option<Model> {
        let known = self.0.lock().expect("no thread panics while it looks");
        let fresh = known.read_at.is_some_and(|at| now - at < BELIEVED);
        let id = *known.ids.get(name).filter(|_| fresh)?;
        Some(Model { id, price: known.prices.get(priced_as(name)).cloned() })
    }
}

/// An entry that names no model is costed as the contract says.
fn priced_as(name: &str) -> &str {
    if name.is_empty() { DEFAULT_MODEL } else { name }
}

/// The models of these names; new names are added.
pub async fn find(app: &App, names: &[&str]) -> AppResult<HashMap<String, Model>> {
    let now = app.clock.now();
    let look = || names.iter().map(|name| Some(((*name).to_owned(), app.prices.get(name, now)?))).collect::<Option<HashMap<_, _>>>();
    if let Some(all) = look() {
        return Ok(all);
    }
    read(app, names, now).await?;
    let known = app.prices.0.lock().expect("no thread panics while it looks");
    let other = known.ids.get(OTHER).copied();
    let one = |name: &&str| {
        let id = known.ids.get(*name).copied().or(other)?;
        Some(((*name).to_owned(), Model { id, price: known.prices.get(priced_as(name)).cloned() }))
    };
    Ok(names.iter().filter_map(one).collect())
}

async fn read(app: &App, names: &[&str], now: DateTime<Utc>) -> AppResult<()> {
    let mut conn = app.db.acquire().await?;
    let mut ids = sql::models(&mut conn).await?;
    let missing: Vec<_> = names.iter().filter(|name| !ids.contains_key(**name)).copied().collect();
    if !missing.is_empty() {
        let room = MOST_MODELS.saturating_sub(ids.len());
        let new: Vec<_> = missing.iter().take(room).copied().chain((missing.len() > room).then_some(OTHER)).collect();
        sql::add_models(&mut conn, now, &new).await?;
        ids = sql::models(&mut conn).await?;
    }
    let prices = prices::sql::current(&mut conn).await?;
    let mut known = app.prices.0.lock().expect("no thread panics while it looks");
    known.ids = ids;
    known.prices = prices.into_iter().map(|row| (row.model.clone(), (row.id, Arc::new(row.rates())))).collect();
    known.read_at = Some(now);
    Ok(())
}
