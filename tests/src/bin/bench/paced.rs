//! `POST /auth` at a rate that the server can hold: how long callers wait then.

use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::Done;
use crate::server::{Member, Server, retrieve_body};

/// The 50th and the 99th percentile in milliseconds, from the moment at which each request should have begun: one that waits for its turn
/// has waited. This process is the server as well, so callers and server share its threads.
pub async fn waits(server: &Server, rate: f64, seconds: u32) -> Done<(f64, f64)> {
    let until = Instant::now() + Duration::from_secs(seconds.into());
    let each = Duration::from_secs_f64(f64::from(u32::try_from(server.members.len())?) / rate);
    let callers = server.members.iter().map(|member| tokio::spawn(call(request(server, member), server.client.clone(), each, until)));
    let mut all = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        all.extend(caller.await??);
    }
    all.sort_by(f64::total_cmp);
    let at = |part: usize| all.get(all.len() * part / 100).copied().ok_or("no request was made");
    Ok((at(50)?, at(99)?))
}

fn request(server: &Server, member: &Member) -> reqwest::RequestBuilder {
    let request = server.client.post(format!("{}/auth", server.url)).header("x-api-key", &member.key);
    request.header("content-type", "application/json").body(retrieve_body(&member.digest))
}

async fn call(request: reqwest::RequestBuilder, client: Client, each: Duration, until: Instant) -> reqwest::Result<Vec<f64>> {
    let request = request.build()?;
    let mut waits = Vec::new();
    // Not all at one moment.
    let start = tokio::time::Instant::now() + each.mul_f64(f64::from(shared::random::bytes::<1>()[0]) / 255.0);
    let mut ticks = interval_at(start, each);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while Instant::now() < until {
        let due = ticks.tick().await;
        let again = request.try_clone().expect("a body of bytes");
        client.execute(again).await?.error_for_status()?.bytes().await?;
        waits.push(due.elapsed().as_secs_f64() * 1e3);
    }
    Ok(waits)
}
