//! SQL of the shared buckets.

use sqlx::MySqlConnection;

/// What a bucket holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Hits in its window.
    pub hits: u32,
    /// When the window ends, epoch seconds.
    pub ends_at: i64,
}

/// How a bucket punishes.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Above so many hits …
    pub above: u32,
    /// … each one makes the window end so many seconds from now.
    pub seconds: i64,
}

/// Bits of `state` that hold the hits; the end of the window is above them.
const HIT_BITS: u32 = 24;
const HIT_MASK: u64 = (1 << HIT_BITS) - 1;

/// Adds hits to a bucket and gives what it holds then, in one statement: `LAST_INSERT_ID(x)` brings `x` back with the
/// answer. A bucket whose window has ended starts again, for `window` seconds.
pub async fn add(
    conn: &mut MySqlConnection,
    address: &str,
    bucket: &str,
    hits: u32,
    now: i64,
    window: i64,
    block: Option<Block>,
) -> sqlx::Result<State> {
    let fresh = pack(now + window, hits);
    let (above, blocked_until) = block.map_or((u64::MAX, 0), |b| (u64::from(b.above), now + b.seconds));
    let sql = "INSERT INTO rate_limits (address, bucket, state) VALUES (?, ?, ?) \
         ON DUPLICATE KEY UPDATE state = LAST_INSERT_ID(IF((state >> 24) <= ?, VALUES(state), \
           (IF((state & 16777215) + ? > ?, ?, state >> 24) << 24) + LEAST((state & 16777215) + ?, 16777215)))";
    let done = sqlx::query(sql)
        .bind(address)
        .bind(bucket)
        .bind(fresh)
        .bind(now)
        .bind(hits)
        .bind(above)
        .bind(blocked_until)
        .bind(hits)
        .execute(conn)
        .await?;
    // 0: there was no bucket yet.
    Ok(unpack(if done.last_insert_id() == 0 { fresh } else { done.last_insert_id() }))
}

fn pack(ends_at: i64, hits: u32) -> u64 {
    (u64::try_from(ends_at).unwrap_or(0) << HIT_BITS) | u64::from(hits).min(HIT_MASK)
}

fn unpack(state: u64) -> State {
    let hits = u32::try_from(state & HIT_MASK).expect("24 bits fit into 32");
    State { hits, ends_at: i64::try_from(state >> HIT_BITS).expect("40 bits fit into 63") }
}

/// Removes buckets whose window ended before `now`. Returns how many.
pub async fn sweep(conn: &mut MySqlConnection, now: i64) -> sqlx::Result<u64> {
    Ok(sqlx::query("DELETE FROM rate_limits WHERE state < ?").bind(pack(now, 0)).execute(conn).await?.rows_affected())
}
