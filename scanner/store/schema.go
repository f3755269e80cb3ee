package store

// version is PRAGMA user_version of a record. A change of the schema raises it
// and adds a step to migrations.
const version = 5

// appID marks the file as a habeas record ("habe" in ASCII).
const appID = 0x68616265

// schema is documented for people who query it in docs/record.md. Text that
// came from outside is stored as it is, keys as BLOB since they are bytes; no
// column holds a personal value. What a detector says of a finding is the same few
// sentences again and again: judgement holds each once. The findings of an object
// are one list in its row, since a row for each cost a scan three times as much;
// the views found and finding make rows of them.
const schema = tables + views

const tables = `
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
CREATE TABLE source (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  audience TEXT NOT NULL DEFAULT '',
  because  TEXT,
  unknown  TEXT
);
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
  unseen     INTEGER NOT NULL DEFAULT 0,
  audience   TEXT NOT NULL DEFAULT '',
  width      INTEGER NOT NULL DEFAULT 0,
  height     INTEGER NOT NULL DEFAULT 0,
  turn       INTEGER NOT NULL DEFAULT 0,
  findings   TEXT
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
`

// views give the findings of all objects a row each: see packed for the places in
// a list.
const views = `
CREATE VIEW found AS
  SELECT o.id AS object, e.key AS seq, e.value ->> 0 AS judgement, e.value ->> 1 AS id, e.value ->> 2 AS mask,
    e.value ->> 3 AS fingerprint, e.value ->> 4 AS variant, e.value ->> 5 AS part, e.value ->> 6 AS tag,
    e.value ->> 7 AS start_byte, e.value ->> 8 AS end_byte, coalesce(e.value ->> 9, '') AS month,
    e.value ->> 10 AS cell_lat, e.value ->> 11 AS cell_lon,
    e.value ->> 12 AS box_x, e.value ->> 13 AS box_y, e.value ->> 14 AS box_w, e.value ->> 15 AS box_h, e.value ->> 16 AS quad
  FROM object o, json_each(o.findings) e;
CREATE VIEW finding AS
  SELECT f.object, f.seq, f.id, j.kind, j.role, j.party, f.mask, f.fingerprint, f.variant, f.part, f.tag, f.start_byte, f.end_byte,
    j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid,
    f.cell_lat, f.cell_lon, f.box_x, f.box_y, f.box_w, f.box_h, f.month, f.quad
  FROM found f JOIN judgement j ON j.id = f.judgement;
`

// migrations take a record one version up each: the first from 1 to 2.
func migrations() []string {
	return []string{`
ALTER TABLE found ADD COLUMN variant TEXT NOT NULL DEFAULT '';
CREATE INDEX found_by_variant ON found (variant) WHERE variant <> '';
DROP VIEW finding;
CREATE VIEW finding AS
  SELECT f.object, f.seq, f.id, j.kind, j.role, j.party, f.mask, f.fingerprint, f.variant, f.part, f.tag, f.start_byte, f.end_byte,
    j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid,
    f.cell_lat, f.cell_lon, f.box_x, f.box_y, f.box_w, f.box_h, f.month
  FROM found f JOIN judgement j ON j.id = f.judgement;`, `
ALTER TABLE run ADD COLUMN pixels TEXT NOT NULL DEFAULT '';
ALTER TABLE object ADD COLUMN pictures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE found ADD COLUMN quad TEXT;
DROP VIEW finding;
CREATE VIEW finding AS
  SELECT f.object, f.seq, f.id, j.kind, j.role, j.party, f.mask, f.fingerprint, f.variant, f.part, f.tag, f.start_byte, f.end_byte,
    j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid,
    f.cell_lat, f.cell_lon, f.box_x, f.box_y, f.box_w, f.box_h, f.month, f.quad
  FROM found f JOIN judgement j ON j.id = f.judgement;`, `
ALTER TABLE source ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN because TEXT;
ALTER TABLE source ADD COLUMN unknown TEXT;
ALTER TABLE object ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE object ADD COLUMN width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;`, `
ALTER TABLE object ADD COLUMN findings TEXT;
UPDATE object SET findings = (
  SELECT json_group_array(json(one)) FROM (
    SELECT json_array(judgement, id, mask, fingerprint, variant, part, tag, start_byte, end_byte, month,
      cell_lat, cell_lon, box_x, box_y, box_w, box_h, json(quad)) AS one
    FROM found WHERE found.object = object.id ORDER BY seq))
  WHERE id IN (SELECT object FROM found);
DROP VIEW finding;
DROP TABLE found;` + views}
}
