CREATE TABLE usage_days (
  day DATE NOT NULL COMMENT 'UTC',
  model_id INT UNSIGNED NOT NULL,
  shard TINYINT UNSIGNED NOT NULL COMMENT 'so that hosts do not wait for each other: host_id modulo 8',
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
  PRIMARY KEY (day, model_id, shard)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'usage of the fleet by day and model, kept by the writes themselves';
