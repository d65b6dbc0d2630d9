CREATE TABLE admin_sessions (
  session_hash BINARY(32) NOT NULL,
  admin_token_id BIGINT UNSIGNED NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (session_hash),
  CONSTRAINT admin_sessions_token FOREIGN KEY (admin_token_id) REFERENCES admin_tokens (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
