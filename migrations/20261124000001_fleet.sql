CREATE TABLE fleet (
  id TINYINT UNSIGNED NOT NULL,
  key_check VARCHAR(255) NULL COMMENT 'a sealed known text: tells a wrong encryption key before it does harm',
  auth_generation BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the current login; 0 = none',
  api_disabled TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'kill switch of the host API',
  cdx_silent TINYINT(1) NOT NULL DEFAULT 0,
  quota_hard_fail TINYINT(1) NOT NULL DEFAULT 1,
  quota_limit_percent SMALLINT UNSIGNED NOT NULL DEFAULT 100,
  quota_week_partition SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  client_version_lock VARCHAR(64) NULL,
  client_version_lock_at DATETIME(6) NULL,
  client_available VARCHAR(64) NULL COMMENT 'newest Codex release seen upstream',
  client_available_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  CONSTRAINT fleet_one_row CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'settings of the whole fleet, one row';
INSERT INTO fleet (id) VALUES (1);
