ALTER TABLE hosts
  ADD COLUMN changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'by the database, at any change: tells an instance that what it knows of the row is old';
