CREATE TABLE auth_candidates (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  fingerprint BINARY(32) NOT NULL COMMENT 'of its secrets, keyed: the same login pushed again is the same candidate',
  host_id BIGINT UNSIGNED NOT NULL COMMENT 'who pushed it',
  body_sealed LONGTEXT NULL COMMENT 'secretbox of the canonical bytes; NULL once it is settled',
  state VARCHAR(16) NOT NULL COMMENT 'waiting, promoted, rejected or superseded',
  reason VARCHAR(500) NULL COMMENT 'what the last check said',
  checks SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  next_check_at DATETIME(6) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  settled_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY auth_candidates_fingerprint (fingerprint),
  KEY auth_candidates_state (state, next_check_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'logins that hosts pushed and nobody has proven yet';
