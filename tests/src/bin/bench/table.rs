//! Each hot endpoint: what it answers in a second at some numbers of connections, and what a request costs.

use std::path::{Path, PathBuf};

use crate::baseline::Figures;
use crate::costs::{Costs, resident_mb};
use crate::endpoints::{AUTH, Endpoint, all};
use crate::load::{Load, at_rate, script, typical, wrk};
use crate::report::Report;
use crate::server::{Member, Server};
use crate::{Cli, Done};

/// Where costs are counted: many requests, and nothing waits long.
const COUNTED: u32 = 8;

/// An endpoint's numbers.
struct Measured {
    name: &'static str,
    script: PathBuf,
    loads: Vec<(u32, Load)>,
    each: Costs,
}

/// Measures all. The first is the control: the others' costs are told in its own, which says more than milliseconds of a noisy machine.
pub async fn measure(cli: &Cli, dir: &Path, server: &Server, report: &mut Report, figures: &mut Figures) -> Done<()> {
    let endpoints = all(server).await?;
    report.section(
        "Hot endpoints",
        "32 hosts call in turn; the fleet has 200 skills and 100 slash commands. `control` is one indexed read and nothing else. Round trips go \
         to the database. Processor time is the server's, and the database's, for one request at 8 connections; \"×\" is the server's beside the control's.",
    );
    let mut columns = vec!["endpoint".to_owned()];
    columns.extend(cli.connections.iter().flat_map(|n| [format!("req/s ({n})"), format!("p50 ms ({n})"), format!("p99 ms ({n})")]));
    columns.extend(["round trips", "server µs", "database µs", "×"].map(str::to_owned));
    report.columns(&columns);
    let (mut control, mut half) = (None, None);
    for endpoint in endpoints {
        let measured = one(cli, dir, server, &endpoint).await?;
        let base: f64 = *control.get_or_insert(measured.each.server_ms);
        let times = measured.each.server_ms / base;
        report.row(&cells(&measured, times));
        figures.note(measured.name, measured.each.round_trips, times);
        if endpoint.name == AUTH {
            half = Some(at_half_load(cli, server, &measured).await?);
        }
    }
    if let Some(Load { rate, p50, p99, .. }) = half {
        report.text(&format!("{AUTH}, at about half of its highest rate ({rate:.0} a second): p50 {p50:.2} ms, p99 {p99:.2} ms."));
    }
    report.text(&format!("Resident after it: {:.0} MB (server, and what measures it).", resident_mb()?));
    Ok(())
}

async fn one(cli: &Cli, dir: &Path, server: &Server, endpoint: &Endpoint) -> Done<Measured> {
    let script = script(dir, &server.members, |member: &Member| endpoint.lua(member))?;
    let mut loads = Vec::new();
    for connections in &cli.connections {
        let mut rounds = Vec::new();
        for _ in 0..cli.rounds {
            wrk(server, *connections, 1, &script).await?;
            rounds.push(wrk(server, *connections, cli.seconds, &script).await?);
        }
        loads.push((*connections, typical(&rounds)));
    }
    let each = counted(server, &script, cli.seconds).await?;
    Ok(Measured { name: endpoint.name, script, loads, each })
}

/// How long callers wait when the server has time.
async fn at_half_load(cli: &Cli, server: &Server, measured: &Measured) -> Done<Load> {
    let highest = measured.loads.iter().map(|(_, load)| load.rate).fold(0.0, f64::max);
    at_rate(server, highest / 2.0, cli.seconds, &measured.script).await
}

/// What one request costs.
pub async fn counted(server: &Server, script: &Path, seconds: u32) -> Done<Costs> {
    // Statements are prepared, and caches are full.
    wrk(server, COUNTED, 1, script).await?;
    let before = Costs::now(&server.app.db, server.database_pid).await?;
    let load = wrk(server, COUNTED, seconds, script).await?;
    Ok((Costs::now(&server.app.db, server.database_pid).await? - before).each(load.requests))
}

fn cells(measured: &Measured, times: f64) -> Vec<String> {
    let loads =
        measured.loads.iter().flat_map(|(_, load)| [format!("{:.0}", load.rate), format!("{:.2}", load.p50), format!("{:.2}", load.p99)]);
    let each = measured.each;
    let costs = [
        format!("{:.2}", each.round_trips),
        format!("{:.0}", each.server_ms * 1e3),
        format!("{:.0}", each.database_ms * 1e3),
        format!("{times:.2}"),
    ];
    std::iter::once(measured.name.to_owned()).chain(loads).chain(costs).collect()
}
