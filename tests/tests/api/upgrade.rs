//! The schema, from the previous release.

use shared::MIGRATOR;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{Connection, Executor};

/// The last migration of the release before this one.
const PREVIOUS: i64 = 20_261_127_300_003;
/// The last one before memories had words of their own.
const WITHOUT_WORDS: i64 = 20_261_127_200_006;

#[sqlx::test(migrations = false)]
async fn a_database_of_the_previous_release_is_brought_up_to_date(_: MySqlPoolOptions, options: MySqlConnectOptions) {
    let mut conn = sqlx::MySqlConnection::connect_with(&options).await.unwrap();
    MIGRATOR.run_to(WITHOUT_WORDS, &mut conn).await.unwrap();
    for sql in [
        "INSERT INTO hosts (fqdn, expires_at, expires_idle_minutes, created_at, updated_at) \
         VALUES ('old.example', NOW() + INTERVAL 1 HOUR, 120, NOW(), NOW())",
        "INSERT INTO host_keys (host_id, key_hash, key_sealed, state, created_at) VALUES (1, REPEAT('k', 32), 'x', 'active', NOW())",
        "INSERT INTO admin_tokens (name, role, token_hash, created_at) VALUES ('first owner', 'owner', REPEAT('t', 32), NOW())",
        "INSERT INTO admin_sessions (session_hash, admin_token_id, expires_at, created_at) VALUES (REPEAT('s', 32), 1, NOW(), NOW())",
        "INSERT INTO audit (actor, action, target, details, created_at) VALUES ('olivia', 'register', 'old.example', '{\"result\":\"created\"}', NOW())",
        "INSERT INTO memories (scope, memory_id, memory_key, version, content, tags, author, created_at, updated_at) \
         VALUES ('host:1', 'm', 'm', 1, 'Go to al', '[\"CI\"]', 'old.example', NOW(), NOW())",
        "INSERT INTO memory_terms (memory_id, terms) VALUES (1, 'h1_go a_go h1_to a_to h1_al h1_al a_al h1_ci a_ci h1__g12 a__g12 ')",
    ] {
        conn.execute(sql).await.unwrap();
    }
    MIGRATOR.run_to(PREVIOUS, &mut conn).await.unwrap();

    MIGRATOR.run(&mut conn).await.unwrap();

    let (idle,): (u16,) = sqlx::query_as("SELECT expires_idle_minutes FROM hosts").fetch_one(&mut conn).await.unwrap();
    assert_eq!(idle, 120, "temporary hosts go on as such");
    let words: Vec<(String,)> = sqlx::query_as("SELECT word FROM memory_words WHERE scope = 'host:1' AND memory_id = 1 ORDER BY word")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(
        words.iter().map(|(word,)| word.as_str()).collect::<Vec<_>>(),
        ["_g12", "al", "ci", "go", "to"],
        "memories are found as before"
    );
    // What the previous release writes while this one starts beside it.
    conn.execute("INSERT INTO audit (actor, action, target, details, created_at) VALUES ('o', 'a', 't', '{}', NOW())").await.unwrap();
    let pool = MySqlPoolOptions::new().connect_with(options).await.unwrap();
    let app = e2e::api::TestApp::new(pool).await;
    let verdict = shared::audit::verify::verify(&app.app).await.unwrap();
    assert!(verdict.intact && verdict.entries == 1, "entries older than the chain are no part of it: {verdict:?}");
    let page = app.owner("GET", "/admin/audit?target=old.example", serde_json::json!({})).await.data();
    assert_eq!(page["entries"][0]["details"]["result"], "created");
    app.register("new.example").await;
}
