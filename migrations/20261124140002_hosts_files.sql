ALTER TABLE hosts
  ADD COLUMN files_sha CHAR(64) NULL COMMENT 'of the home that was brought up to date last',
  ADD COLUMN files_stamp CHAR(64) NULL COMMENT 'of all that decided what it was given: while it is the same there is nothing to do';
