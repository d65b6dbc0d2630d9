CREATE TABLE usage_rollups (
  host_id BIGINT UNSIGNED NOT NULL,
  day DATE NOT NULL COMMENT 'UTC',
  model_id INT UNSIGNED NOT NULL,
  events BIGINT UNSIGNED NOT NULL,
  unpriced BIGINT UNSIGNED NOT NULL COMMENT 'events with tokens whose model had no price',
  total BIGINT UNSIGNED NOT NULL,
  input_tokens BIGINT UNSIGNED NOT NULL,
  cached_tokens BIGINT UNSIGNED NOT NULL,
  output_tokens BIGINT UNSIGNED NOT NULL,
  reasoning_tokens BIGINT UNSIGNED NOT NULL,
  input_cost DECIMAL(24,6) NOT NULL,
  cached_cost DECIMAL(24,6) NOT NULL,
  output_cost DECIMAL(24,6) NOT NULL,
  PRIMARY KEY (host_id, day, model_id),
  KEY usage_rollups_day (day, model_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'usage by host, day and model, kept by the writes themselves';
