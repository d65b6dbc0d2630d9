CREATE TABLE host_keys (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  host_id BIGINT UNSIGNED NOT NULL,
  key_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the key text',
  key_sealed VARCHAR(512) NOT NULL COMMENT 'secretbox of the key text, for baking',
  state VARCHAR(16) NOT NULL COMMENT 'pending: minted, its installer has not succeeded yet; active; retired',
  created_at DATETIME(6) NOT NULL,
  activated_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY host_keys_hash (key_hash),
  KEY host_keys_host (host_id),
  CONSTRAINT host_keys_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
