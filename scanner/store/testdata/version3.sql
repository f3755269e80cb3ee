CREATE TABLE run (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  tool        TEXT NOT NULL,
  as_of       TEXT NOT NULL,
  sources     TEXT NOT NULL,
  complete    INTEGER NOT NULL,
  owner_rules TEXT NOT NULL,
  detectors   TEXT NOT NULL,
  key_id      TEXT NOT NULL,
  pixels      TEXT NOT NULL DEFAULT ''
);
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE made_by (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE);
CREATE TABLE object (
  id         INTEGER PRIMARY KEY,
  source     INTEGER NOT NULL REFERENCES source(id),
  key        BLOB NOT NULL,
  version    TEXT NOT NULL,
  etag       TEXT NOT NULL,
  size       INTEGER NOT NULL,
  modified   INTEGER NOT NULL,
  type       TEXT NOT NULL,
  format     TEXT NOT NULL,
  coverage   TEXT NOT NULL,
  reasons    TEXT,
  tenant     TEXT NOT NULL,
  owner      TEXT NOT NULL,
  owner_rule TEXT NOT NULL,
  conflicts  TEXT,
  made_by    INTEGER NOT NULL REFERENCES made_by(id),
  pictures   INTEGER NOT NULL DEFAULT 0,
  unseen     INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX object_by_key ON object (source, key, version);
CREATE INDEX object_by_owner ON object (owner = '', tenant, owner, source, key, version);
CREATE TABLE judgement (
  id         INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL,
  role       TEXT NOT NULL,
  party      TEXT NOT NULL,
  confidence REAL NOT NULL,
  why        TEXT NOT NULL,
  detector   TEXT NOT NULL,
  rule       TEXT NOT NULL,
  dummy      INTEGER NOT NULL,
  invalid    INTEGER NOT NULL,
  UNIQUE (rule, kind, role, party, confidence, why, detector, dummy, invalid)
);
CREATE TABLE found (
  object      INTEGER NOT NULL REFERENCES object(id),
  seq         INTEGER NOT NULL,
  judgement   INTEGER NOT NULL REFERENCES judgement(id),
  id          TEXT NOT NULL,
  mask        TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  variant     TEXT NOT NULL DEFAULT '',
  part        TEXT NOT NULL,
  tag         TEXT NOT NULL,
  start_byte  INTEGER,
  end_byte    INTEGER,
  month       TEXT NOT NULL DEFAULT '',
  cell_lat    REAL,
  cell_lon    REAL,
  box_x       REAL,
  box_y       REAL,
  box_w       REAL,
  box_h       REAL,
  quad        TEXT,
  PRIMARY KEY (object, seq)
) WITHOUT ROWID;
CREATE INDEX found_by_fingerprint ON found (fingerprint) WHERE fingerprint <> '';
CREATE INDEX found_by_variant ON found (variant) WHERE variant <> '';
CREATE VIEW finding AS
  SELECT f.object, f.seq, f.id, j.kind, j.role, j.party, f.mask, f.fingerprint, f.variant, f.part, f.tag, f.start_byte, f.end_byte,
    j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid,
    f.cell_lat, f.cell_lon, f.box_x, f.box_y, f.box_w, f.box_h, f.month, f.quad
  FROM found f JOIN judgement j ON j.id = f.judgement;
