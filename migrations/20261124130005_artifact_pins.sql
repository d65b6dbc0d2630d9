CREATE TABLE artifact_pins (
  host_id BIGINT UNSIGNED NOT NULL,
  artifact_id BIGINT UNSIGNED NOT NULL,
  version INT UNSIGNED NOT NULL COMMENT 'that this host was last given: what it changes is based on it',
  given_at DATETIME(6) NOT NULL,
  PRIMARY KEY (host_id, artifact_id),
  KEY artifact_pins_version (artifact_id, version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'roots of the collection of old versions';
