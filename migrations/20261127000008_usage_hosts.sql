CREATE TABLE usage_hosts (
  host_id BIGINT UNSIGNED NOT NULL,
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
  PRIMARY KEY (host_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'usage of each host since ever';
