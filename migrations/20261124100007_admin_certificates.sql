CREATE TABLE admin_certificates (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  role VARCHAR(16) NOT NULL COMMENT 'viewer, operator or owner',
  fingerprint BINARY(32) NOT NULL COMMENT 'SHA-256 of the DER form',
  expires_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  last_used_at DATETIME(6) NULL COMMENT 'to the minute',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY admin_certificates_fingerprint (fingerprint)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'client certificates that administer: a trusted CA alone is not enough';
