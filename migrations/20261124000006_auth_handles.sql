CREATE TABLE auth_handles (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  host_id BIGINT UNSIGNED NOT NULL,
  handle_hash BINARY(32) NOT NULL,
  handle_sealed VARCHAR(512) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  retired_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY auth_handles_hash (handle_hash),
  KEY auth_handles_host (host_id),
  CONSTRAINT auth_handles_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'what stands in a host view instead of the refresh token';
