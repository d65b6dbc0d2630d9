CREATE TABLE single_use_tokens (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  purpose VARCHAR(16) NOT NULL COMMENT 'install, seed or signin',
  token_hash BINARY(32) NOT NULL,
  host_key_id BIGINT UNSIGNED NULL COMMENT 'install: the key it delivers',
  admin_token_id BIGINT UNSIGNED NULL COMMENT 'signin: whose session it opens',
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL COMMENT 'set in the transaction that succeeds, once',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY single_use_tokens_hash (token_hash),
  KEY single_use_tokens_key (host_key_id),
  CONSTRAINT single_use_tokens_key FOREIGN KEY (host_key_id) REFERENCES host_keys (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
