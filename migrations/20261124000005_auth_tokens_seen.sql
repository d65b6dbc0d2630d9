CREATE TABLE auth_tokens_seen (
  fingerprint BINARY(32) NOT NULL COMMENT 'HMAC-SHA-256 of the token under a key derived from the encryption key',
  generation BIGINT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (fingerprint)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'a token that comes back is a replay, not a login';
