CREATE TABLE auth_checks (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  generation BIGINT UNSIGNED NULL COMMENT 'of the login that was checked; NULL: a candidate',
  candidate_id BIGINT UNSIGNED NULL,
  why VARCHAR(16) NOT NULL COMMENT 'scheduled, manual or candidate',
  verdict VARCHAR(16) NOT NULL COMMENT 'verified, rejected or unknown',
  reason VARCHAR(500) NULL,
  latency_ms INT UNSIGNED NULL,
  codex_version VARCHAR(64) NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY auth_checks_generation (generation, id),
  KEY auth_checks_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'every time a login was proven by running Codex with it';
