CREATE TABLE token_usage_ingests (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  host_id BIGINT UNSIGNED NOT NULL,
  source VARCHAR(16) NOT NULL COMMENT 'usage, session or otel',
  entries INT UNSIGNED NOT NULL,
  total BIGINT UNSIGNED NULL,
  input_tokens BIGINT UNSIGNED NULL,
  cached_tokens BIGINT UNSIGNED NULL,
  output_tokens BIGINT UNSIGNED NULL,
  reasoning_tokens BIGINT UNSIGNED NULL,
  cost DECIMAL(18,6) NOT NULL,
  client_ip VARCHAR(64) NULL,
  payload LONGTEXT NULL COMMENT 'JSON: what was counted, as the contract shows it',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY token_usage_ingests_host (host_id, id),
  KEY token_usage_ingests_created (created_at),
  CONSTRAINT token_usage_ingests_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'one row a delivery of usage';
