CREATE TABLE auth_generations (
  generation BIGINT UNSIGNED NOT NULL,
  digest CHAR(64) NOT NULL COMMENT 'SHA-256 of the canonical bytes',
  last_refresh VARCHAR(64) NOT NULL,
  source VARCHAR(16) NOT NULL COMMENT 'host, seed or upload',
  source_host_id BIGINT UNSIGNED NULL,
  body_sealed LONGTEXT NOT NULL COMMENT 'secretbox of the canonical bytes',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'every login this server ever had, in order';
