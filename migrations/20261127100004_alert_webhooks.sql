CREATE TABLE alert_webhooks (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  url_sealed TEXT NOT NULL COMMENT 'secretbox: some receivers keep a secret in the path',
  secret_sealed VARCHAR(500) NOT NULL COMMENT 'secretbox of the key that signs',
  kinds VARCHAR(500) NOT NULL DEFAULT '' COMMENT 'comma-separated; empty: all',
  is_enabled TINYINT(1) NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY alert_webhooks_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'who is told when a condition opens or ends';
