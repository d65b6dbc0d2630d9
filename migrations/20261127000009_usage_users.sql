CREATE TABLE usage_users (
  day DATE NOT NULL COMMENT 'UTC',
  host_id BIGINT UNSIGNED NOT NULL,
  user_name VARCHAR(64) NOT NULL COMMENT 'empty: the host did not say',
  events BIGINT UNSIGNED NOT NULL,
  unpriced BIGINT UNSIGNED NOT NULL,
  total BIGINT UNSIGNED NOT NULL,
  input_tokens BIGINT UNSIGNED NOT NULL,
  cached_tokens BIGINT UNSIGNED NOT NULL,
  output_tokens BIGINT UNSIGNED NOT NULL,
  reasoning_tokens BIGINT UNSIGNED NOT NULL,
  input_cost DECIMAL(24,6) NOT NULL,
  cached_cost DECIMAL(24,6) NOT NULL,
  output_cost DECIMAL(24,6) NOT NULL,
  PRIMARY KEY (day, host_id, user_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'usage by user, host and day, kept by the writes themselves';
