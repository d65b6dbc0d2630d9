CREATE TABLE codex_runs (
  version VARCHAR(64) NOT NULL,
  day DATE NOT NULL COMMENT 'UTC, when it was counted',
  host_id BIGINT UNSIGNED NOT NULL,
  rollout_id BIGINT UNSIGNED NOT NULL COMMENT 'that was running then; 0: none',
  launches INT UNSIGNED NOT NULL,
  failures INT UNSIGNED NOT NULL COMMENT 'ended at once with an error',
  PRIMARY KEY (version, day, host_id, rollout_id),
  KEY codex_runs_day (day),
  KEY codex_runs_rollout (rollout_id, version),
  KEY codex_runs_host (host_id),
  CONSTRAINT codex_runs_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'how runs of Codex ended, as hosts said';
