//! A database that has no room left.

use std::time::{Duration, Instant};

use super::stage::Stage;

/// The space that all tables share is filled up to its limit, once.
pub fn table_full(stage: &mut Stage) {
    stage.world.database.ask(async |conn| {
        let run = async |conn: &mut sqlx::MySqlConnection, sql: &'static str| sqlx::query(sql).execute(conn).await;
        run(conn, "SET GLOBAL innodb_file_per_table = 0").await.unwrap();
        // What was freed is given back a little later: then it is full still.
        run(conn, "CREATE TABLE IF NOT EXISTS ballast (text LONGTEXT NOT NULL) ENGINE = InnoDB").await.ok();
        for size in ["1000000", "100000", "10000", "100"] {
            let sql = format!("INSERT INTO ballast VALUES (REPEAT('x', {size}))");
            while sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(&mut *conn).await.is_ok() {}
        }
    });
    for _ in 0..20 {
        stage.store_large();
        stage.wait(50, 150);
    }
    stage.world.database.ask(async |conn| {
        // Even this needs a little room, which ended transactions give back.
        let dropped = async |conn: &mut sqlx::MySqlConnection| sqlx::query("DROP TABLE IF EXISTS ballast").execute(conn).await.is_ok();
        let limit = Instant::now() + Duration::from_secs(30);
        while !dropped(&mut *conn).await {
            assert!(Instant::now() < limit, "the ballast cannot be taken away");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    stage.healed("there is room in the tables again", Instant::now());
    while stage.goes_on() {
        stage.wait(200, 400);
    }
    note_refusals(stage);
}

fn note_refusals(stage: &mut Stage) {
    let log = stage.world.logs();
    let full = log.lines().filter(|line| line.contains("is full") || line.contains("No space left")).count();
    stage.notes.push(format!("{full} lines of logs say that there is no room"));
    assert!(full > 0, "nothing was ever full: this scenario tests nothing");
}
