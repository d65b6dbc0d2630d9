CREATE TABLE auth_exposures (
  generation BIGINT UNSIGNED NOT NULL,
  host_id BIGINT UNSIGNED NOT NULL,
  given_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NULL COMMENT 'of its access token; NULL: the token does not say',
  direct TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'the refresh token itself was given too',
  PRIMARY KEY (generation, host_id),
  KEY auth_exposures_host (host_id),
  CONSTRAINT auth_exposures_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'which host was given which login';
