CREATE TABLE config_versions (
  version BIGINT UNSIGNED NOT NULL COMMENT 'rises by one',
  settings_sealed LONGTEXT NOT NULL COMMENT 'secretbox of the settings as JSON: headers may hold secrets',
  text_sealed LONGTEXT NOT NULL COMMENT 'secretbox of the template: all settings as one text, before it is made for one Codex',
  sha256 CHAR(64) NOT NULL COMMENT 'of the template',
  size_bytes INT UNSIGNED NOT NULL,
  author VARCHAR(128) NOT NULL,
  note VARCHAR(500) NOT NULL DEFAULT '',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'every configuration the fleet ever had';
