//! Nothing is half-applied: what one transaction writes in several tables agrees.

use sqlx::{AssertSqlSafe, MySqlConnection, query_scalar};

/// The sums that are kept by day, host and model, and what they are sums of.
const SUMS: [(&str, &str, &str); 4] = [
    ("usage_rollups", "host_id, day, model_id", "host_id, DATE(created_at), model_id"),
    ("usage_hosts", "host_id", "host_id"),
    ("usage_days", "day, model_id, shard", "DATE(created_at), model_id, host_id % 8"),
    ("usage_users", "day, host_id, user_name", "DATE(created_at), host_id, COALESCE(user_name, '')"),
];

/// What must be zero, in words and in SQL.
const ZERO: [(&str, &str); 12] = [
    (
        "deliveries whose rows are not all there",
        "SELECT COUNT(*) FROM token_usage_ingests i WHERE entries <> (SELECT COUNT(*) FROM token_usages u WHERE u.ingest_id = i.id)",
    ),
    (
        "rows without their delivery",
        "SELECT COUNT(*) FROM token_usages u LEFT JOIN token_usage_ingests i ON i.id = u.ingest_id WHERE i.id IS NULL",
    ),
    (
        "logins that are not in the audit, or the reverse",
        "SELECT ABS((SELECT COUNT(*) FROM auth_generations) - (SELECT COUNT(*) FROM audit WHERE action IN ('auth.store', 'auth.refresh')))",
    ),
    (
        "the fleet's login is not its newest",
        "SELECT ABS(auth_generation - (SELECT COALESCE(MAX(generation), 0) FROM auth_generations)) FROM fleet",
    ),
    (
        "refreshed logins whose spend is not promoted, or the reverse",
        "SELECT ABS((SELECT COUNT(*) FROM auth_generations WHERE source = 'refresh') - (SELECT COUNT(*) FROM auth_spends WHERE outcome = 'promoted'))",
    ),
    (
        "documents whose versions have a gap",
        "SELECT COUNT(*) FROM artifacts a WHERE version <> (SELECT COUNT(*) FROM artifact_versions v WHERE v.artifact_id = a.id)",
    ),
    (
        "versions without a text",
        "SELECT COUNT(*) FROM artifact_versions v LEFT JOIN artifact_bodies b ON b.sha256 = v.sha256 WHERE b.sha256 IS NULL",
    ),
    (
        "versions that are not in the audit, or the reverse",
        "SELECT ABS((SELECT COUNT(*) FROM artifact_versions) - (SELECT COUNT(*) FROM audit WHERE action = 'slash.store'))",
    ),
    (
        "hosts that are not in the audit, or the reverse",
        "SELECT ABS((SELECT COUNT(*) FROM hosts) - (SELECT COUNT(DISTINCT target) FROM audit WHERE action = 'register'))",
    ),
    (
        "keys in use that are not in the audit, or the reverse",
        "SELECT ABS((SELECT COUNT(*) FROM host_keys WHERE activated_at IS NOT NULL) - (SELECT COUNT(*) FROM audit WHERE action = 'host.key.activate'))",
    ),
    (
        "installers that are spent though their key is not, or the reverse",
        "SELECT COUNT(*) FROM single_use_tokens t JOIN host_keys k ON k.id = t.host_key_id WHERE (t.used_at IS NULL) <> (k.state = 'pending')",
    ),
    (
        "hosts with two keys in use",
        "SELECT COUNT(*) FROM (SELECT host_id FROM host_keys WHERE state = 'active' GROUP BY host_id HAVING COUNT(*) > 1) t",
    ),
];

/// What does not agree.
pub async fn check(conn: &mut MySqlConnection) -> Vec<String> {
    let mut complaints = Vec::new();
    for (what, sql) in ZERO {
        let many: i64 = query_scalar(AssertSqlSafe(format!("SELECT CAST(({sql}) AS SIGNED)"))).fetch_one(&mut *conn).await.unwrap();
        if many != 0 {
            complaints.push(format!("{what}: {many}"));
        }
    }
    for (table, kept, counted) in SUMS {
        let sums = |columns: &str, events: &str, table: &str| {
            format!(
                "SELECT {columns}, {events}, SUM(input_tokens), SUM(cached_tokens), SUM(output_tokens), SUM(reasoning_tokens) FROM {table} GROUP BY {columns}"
            )
        };
        let rows = sums(counted, "COUNT(*)", "token_usages").replace("SUM(", "COALESCE(SUM(").replace("_tokens)", "_tokens), 0)");
        let kept = sums(kept, "SUM(events)", table);
        let sql = format!(
            "SELECT CAST(((SELECT COUNT(*) FROM ({kept} EXCEPT {rows}) a) + (SELECT COUNT(*) FROM ({rows} EXCEPT {kept}) b)) AS SIGNED)"
        );
        let many: i64 = query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
        if many != 0 {
            complaints.push(format!("sums of {table} that are not those of their rows: {many}"));
        }
    }
    complaints
}
