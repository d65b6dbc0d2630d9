//! What requests cost: statements that go to the database, and processor time of the server and of the database.

use std::fs;
use std::ops::Sub;

use sqlx::MySqlPool;

use crate::Done;

/// Sums since the start of both.
#[derive(Clone, Copy)]
pub struct Costs {
    /// Round trips to the database, those that prepare a statement included; pings are not counted by it.
    pub round_trips: f64,
    /// Processor time of this process in milliseconds, which is the server and what prepares the measurement; `wrk` is another.
    pub server_ms: f64,
    /// The same of the database.
    pub database_ms: f64,
}

impl Sub for Costs {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            round_trips: self.round_trips - before.round_trips,
            server_ms: self.server_ms - before.server_ms,
            database_ms: self.database_ms - before.database_ms,
        }
    }
}

impl Costs {
    /// As they are now. The one statement that this takes is not in the next difference.
    pub async fn now(db: &MySqlPool, database_pid: u32) -> Done<Self> {
        let sql = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_stmt_prepare')";
        let counted: Vec<(String, String)> = sqlx::raw_sql(sql).fetch_all(db).await?.iter().map(pair).collect::<Result<_, _>>()?;
        let sum = counted.iter().map(|(_, number)| number.parse::<f64>()).sum::<Result<f64, _>>()?;
        Ok(Self { round_trips: sum - 1.0, server_ms: processor_ms("self")?, database_ms: processor_ms(&database_pid.to_string())? })
    }

    /// Of one request.
    pub fn each(self, requests: f64) -> Self {
        Self { round_trips: self.round_trips / requests, server_ms: self.server_ms / requests, database_ms: self.database_ms / requests }
    }
}

fn pair(row: &sqlx::mysql::MySqlRow) -> sqlx::Result<(String, String)> {
    use sqlx::Row as _;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Of a process, without its children.
fn processor_ms(process: &str) -> Done<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may hold anything: state is the first, and fields 14 and 15 of all are ticks of 10 ms.
    let fields = stat.rsplit_once(") ").ok_or("no process")?.1.split(' ').skip(11).take(2);
    Ok(fields.map(str::parse::<f64>).sum::<Result<f64, _>>()? * 10.0)
}

/// Megabytes of memory that this process has.
pub fn resident_mb() -> Done<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
