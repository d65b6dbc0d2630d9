ALTER TABLE fleet
  ADD COLUMN artifacts_revision BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'rises with every change of an artifact; 0: there was none',
  ADD COLUMN push_policy VARCHAR(16) NOT NULL DEFAULT 'review' COMMENT 'accept, review or refuse what hosts push';
