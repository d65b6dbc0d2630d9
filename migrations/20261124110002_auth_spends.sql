CREATE TABLE auth_spends (
  fence BIGINT UNSIGNED NOT NULL COMMENT 'of the lease under which the token was sent',
  generation BIGINT UNSIGNED NOT NULL COMMENT 'whose refresh token',
  recovery TINYINT(1) NOT NULL COMMENT 'the one try after an answer that never came',
  why VARCHAR(16) NOT NULL,
  intended_at DATETIME(6) NOT NULL COMMENT 'written before the token leaves the server',
  answered_at DATETIME(6) NULL,
  answer_sealed LONGTEXT NULL COMMENT 'secretbox of the answer as it came, stored before it is read; empty again once promoted',
  outcome VARCHAR(16) NULL COMMENT 'promoted, refused, turned_away, lost or superseded; NULL: not settled',
  detail VARCHAR(190) NULL,
  PRIMARY KEY (fence),
  KEY auth_spends_generation (generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'every time a refresh token was sent to OpenAI';
