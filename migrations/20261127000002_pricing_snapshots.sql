CREATE TABLE pricing_snapshots (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  model VARCHAR(128) NOT NULL,
  currency CHAR(3) NOT NULL,
  input_price_per_1k DECIMAL(18,9) NOT NULL COMMENT 'input that was not cached',
  cached_price_per_1k DECIMAL(18,9) NOT NULL,
  output_price_per_1k DECIMAL(18,9) NOT NULL,
  reasoning_price_per_1k DECIMAL(18,9) NOT NULL COMMENT 'the part of the output that is reasoning',
  source VARCHAR(16) NOT NULL COMMENT 'operator, list, env or builtin',
  source_url VARCHAR(512) NULL,
  fetched_at DATETIME(6) NOT NULL COMMENT 'when these prices were last seen to hold',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY pricing_snapshots_model (model, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'prices as they were; a model''s newest row is its price';
