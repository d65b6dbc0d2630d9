CREATE TABLE rate_limits (
  address VARCHAR(45) NOT NULL COMMENT 'IPv4 address, or the first address of an IPv6 /64',
  bucket VARCHAR(16) NOT NULL,
  state BIGINT UNSIGNED NOT NULL COMMENT 'end of the window in epoch seconds << 24 | hits: one number, so that one statement decides and answers',
  PRIMARY KEY (address, bucket),
  KEY rate_limits_state (state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
