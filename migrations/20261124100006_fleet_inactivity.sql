ALTER TABLE fleet
  ADD COLUMN inactivity_days SMALLINT UNSIGNED NULL COMMENT 'hosts nobody used for so long go; 0: never; NULL: INACTIVITY_WINDOW_DAYS';
