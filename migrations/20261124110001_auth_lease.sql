CREATE TABLE auth_lease (
  id TINYINT UNSIGNED NOT NULL,
  fence BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'rises with every lease: only the holder of the newest may spend',
  holder VARCHAR(64) NULL COMMENT 'the instance that took it, for people',
  held_until DATETIME(6) NULL COMMENT 'by the database''s clock',
  generation BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the login the two columns below are about',
  failures SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  not_before DATETIME(6) NULL COMMENT 'no attempt before then',
  PRIMARY KEY (id),
  CONSTRAINT auth_lease_one_row CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'who may spend the refresh token now, one row';
INSERT INTO auth_lease (id) VALUES (1);
