//! Whether a request of a large fleet costs what one of a small fleet does.

use std::path::Path;

use crate::costs::Costs;
use crate::endpoints::{Endpoint, auth, control, dashboard, launch};
use crate::load::{script, wrk};
use crate::report::Report;
use crate::server::Server;
use crate::table::counted;
use crate::{Cli, Done};

/// Sizes of the fleet.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
/// Connections.
const CONNECTIONS: u32 = 8;

/// The same requests at each size, of all hosts in turn.
pub async fn measure(cli: &Cli, dir: &Path, server: &mut Server, report: &mut Report) -> Done<()> {
    report.section(
        "Growth",
        "The same at 8 connections while the fleet grows; every host of it calls in turn. Processor time is for one request.",
    );
    report.columns(&["endpoint", "hosts", "req/s", "p50 ms", "p99 ms", "round trips", "server µs", "database µs"]);
    // Those that were there belong to other measurements.
    server.members.clear();
    for size in SIZES {
        server.grow(size).await?;
        let [overview, hosts] = dashboard(server).await?;
        for endpoint in [control(), auth(), launch(server).await?, overview, hosts] {
            row(cli, dir, server, report, size, &endpoint).await?;
        }
    }
    Ok(())
}

async fn row(cli: &Cli, dir: &Path, server: &Server, report: &mut Report, size: usize, endpoint: &Endpoint) -> Done<()> {
    let script = script(dir, &server.members, |member| endpoint.lua(member))?;
    // One turn through the fleet first, so that each host was seen.
    wrk(server, CONNECTIONS, 2, &script).await?;
    let load = wrk(server, CONNECTIONS, cli.seconds, &script).await?;
    let Costs { round_trips, server_ms, database_ms } = counted(server, &script, cli.seconds).await?;
    report.row(&[
        endpoint.name.to_owned(),
        size.to_string(),
        format!("{:.0}", load.rate),
        format!("{:.2}", load.p50),
        format!("{:.2}", load.p99),
        format!("{round_trips:.2}"),
        format!("{:.0}", server_ms * 1e3),
        format!("{:.0}", database_ms * 1e3),
    ]);
    Ok(())
}
