CREATE TABLE usage_sessions (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  session BINARY(16) NOT NULL COMMENT 'Codex'' own id of the thread, a UUID',
  model VARCHAR(128) NULL COMMENT 'of the last turn that was read',
  read_at_ms BIGINT NULL COMMENT 'moment of the last line of the session file that was read, in ms since 1970',
  total_input BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'running totals as that line had them, cached input included',
  total_cached BIGINT UNSIGNED NOT NULL DEFAULT 0,
  total_output BIGINT UNSIGNED NOT NULL DEFAULT 0,
  total_reasoning BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY usage_sessions_session (session),
  KEY usage_sessions_updated (updated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'how far each Codex session is counted';
