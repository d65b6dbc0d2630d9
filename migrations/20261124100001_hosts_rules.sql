ALTER TABLE hosts
  ADD COLUMN bound_ipv4 VARCHAR(15) NULL COMMENT 'the address this host calls from; NULL: binds at the next call',
  ADD COLUMN bound_ipv6 VARCHAR(43) NULL COMMENT 'the same for IPv6: its /64, in CIDR form',
  ADD COLUMN expires_idle_minutes SMALLINT UNSIGNED NULL COMMENT 'temporary host: each call by a person moves expires_at this far ahead',
  ADD COLUMN tags VARCHAR(1100) NOT NULL DEFAULT '' COMMENT 'comma-separated, sorted, lower case',
  ADD COLUMN notes VARCHAR(2000) NOT NULL DEFAULT '',
  ADD COLUMN last_login_sync_at DATETIME(6) NULL COMMENT 'last time it was given, or confirmed to hold, the current login',
  ADD COLUMN last_cron_at DATETIME(6) NULL COMMENT 'last call that nobody caused; last_contact_at is the last one somebody did',
  ADD COLUMN refused_at DATETIME(6) NULL COMMENT 'last time its valid key was refused, to the minute',
  ADD COLUMN refused_code VARCHAR(32) NULL,
  ADD COLUMN refused_from VARCHAR(45) NULL,
  ADD COLUMN registered_at DATETIME(6) NULL COMMENT 'last registration; NULL: created_at',
  ADD COLUMN archived_at DATETIME(6) NULL COMMENT 'gone: its keys are retired, its history stays, its name can be registered again',
  ADD COLUMN archived_reason VARCHAR(16) NULL COMMENT 'deleted, left, expired, inactive or unprovisioned';
