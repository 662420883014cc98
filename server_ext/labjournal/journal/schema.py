"""The tables of the journal, with a comment on every column; `docs/schema.md` is generated from this text.

The file is ordinary SQLite: `application_id` marks it as a labjournal, `user_version` is the number of the newest migration.
Times are text, ISO 8601 in UTC with microseconds and '+00:00', so that they sort; questions turn them into local time.
Digests are lower-case hex SHA-256. `n` = 0 means the run itself, 1, 2, 3 … its executions. Truth values are 0 and 1.
"""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "DATA", "RESULTS", "SCHEMA", "SEARCH", "STATE"]

APPLICATION_ID = 0x6C6A6E6C  # 'ljnl'

SCHEMA = """
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,  -- name of the fact
    value TEXT NOT NULL      -- its value
) WITHOUT ROWID;
-- Facts about the journal itself: when it was made, by which version.

CREATE TABLE schema_changes (
    number  INTEGER PRIMARY KEY,  -- number of the migration
    name    TEXT NOT NULL,        -- its function's name
    applied TEXT NOT NULL,        -- when it ran here
    version TEXT NOT NULL         -- labjournal version that ran it
);
-- Every migration that this file went through.

CREATE TABLE environments (
    sha256         TEXT PRIMARY KEY,         -- digest of everything in this row and its packages
    python         TEXT NOT NULL DEFAULT '', -- version, e.g. 3.11.7
    implementation TEXT NOT NULL DEFAULT '', -- CPython, PyPy
    executable     TEXT NOT NULL DEFAULT '', -- path of the interpreter
    platform       TEXT NOT NULL DEFAULT '', -- operating system and machine in a line
    hardware       TEXT NOT NULL DEFAULT '{}', -- JSON: cpu, cores, memory_bytes, gpu
    variables      TEXT NOT NULL DEFAULT '{}'  -- JSON: environment variables from the allow-list
) WITHOUT ROWID;
-- Interpreters with their packages, one row per distinct state.

CREATE TABLE packages (
    environment TEXT NOT NULL REFERENCES environments(sha256) ON DELETE CASCADE, -- the environment it is installed in
    name        TEXT NOT NULL,  -- distribution name as installed
    version     TEXT NOT NULL,  -- its version
    PRIMARY KEY (environment, name)
) WITHOUT ROWID;
-- What is installed in an environment.

CREATE TABLE git_states (
    sha256    TEXT PRIMARY KEY,  -- digest of the other columns
    root      TEXT NOT NULL DEFAULT '', -- top folder of the repository
    commit_id TEXT,              -- HEAD, NULL where there is none
    branch    TEXT,              -- branch, NULL when detached
    remote    TEXT,              -- URL of origin without credentials
    dirty     INTEGER,           -- 1 tracked files differ from HEAD, 0 they do not, NULL not known
    reason    TEXT NOT NULL DEFAULT ''  -- why something is not known
) WITHOUT ROWID;
-- States of git repositories in which runs worked.

CREATE TABLE runs (
    run              TEXT PRIMARY KEY,  -- id: letter + letters and digits
    started          TEXT NOT NULL,     -- kernel start
    ended            TEXT,              -- kernel end, NULL while it lives; for a dead kernel the last sign of life
    status           TEXT NOT NULL DEFAULT 'running', -- running | ended | abandoned (the kernel died)
    notebook         TEXT,              -- absolute path, NULL where not known
    notebook_learnt  TEXT NOT NULL DEFAULT 'unknown', -- session-name | vscode | server | papermill | nbconvert | nbclient | driver | replay | content (told by what was executed) | unknown
    folder           TEXT NOT NULL DEFAULT '', -- working folder at start
    kernel           TEXT NOT NULL DEFAULT '', -- kernelspec name
    kernel_id        TEXT NOT NULL DEFAULT '', -- the Jupyter Server's id of the kernel
    client           TEXT NOT NULL DEFAULT 'unknown', -- who drove the kernel
    user             TEXT NOT NULL DEFAULT '', -- user name as the system knows it
    python           TEXT NOT NULL DEFAULT '', -- interpreter version
    implementation   TEXT NOT NULL DEFAULT '', -- CPython, PyPy
    executable       TEXT NOT NULL DEFAULT '', -- path of the interpreter
    platform         TEXT NOT NULL DEFAULT '', -- operating system and machine
    pid              INTEGER NOT NULL DEFAULT 0, -- process id of the kernel
    utc_offset_s     INTEGER NOT NULL DEFAULT 0, -- local time zone at the start, seconds east of UTC
    environment      TEXT REFERENCES environments(sha256), -- environment at the start, NULL until seen
    git              TEXT REFERENCES git_states(sha256),   -- git state at the start, NULL until seen
    replay_of        TEXT,              -- address this run replays, NULL for ordinary work
    version          TEXT NOT NULL DEFAULT '', -- labjournal version that recorded
    seal             TEXT NOT NULL DEFAULT ''  -- SHA-256 of this row, its environment with packages, and its git state
) WITHOUT ROWID;
-- One life of one kernel on one notebook (PROV Activity).
CREATE INDEX runs_started ON runs(started);
CREATE INDEX runs_notebook ON runs(notebook, started);
CREATE INDEX runs_kernel_id ON runs(kernel_id);
CREATE INDEX runs_running ON runs(run) WHERE status = 'running';

CREATE TABLE sources (
    sha256 TEXT PRIMARY KEY,  -- digest of the text
    text   TEXT NOT NULL      -- source of a cell after redaction
) WITHOUT ROWID;
-- Code that ran, each text once.

CREATE TABLE executions (
    run             TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE, -- its run
    n               INTEGER NOT NULL,  -- 1, 2, 3 … in the order in which they really ran
    cell_id         TEXT,              -- nbformat cell id, NULL where the client sends none
    source          TEXT NOT NULL REFERENCES sources(sha256), -- what ran
    source_bytes    INTEGER NOT NULL DEFAULT 0, -- length as typed, UTF-8
    started         TEXT NOT NULL,     -- start
    ended           TEXT,              -- end, NULL while it runs or when the kernel died in it
    duration_s      REAL,              -- seconds between, by a monotonic clock
    status          TEXT NOT NULL DEFAULT 'running', -- running | ok | failed | interrupted | abandoned (kernel died)
    execution_count INTEGER,           -- the number Jupyter shows in In[ ]
    client          TEXT NOT NULL DEFAULT 'unknown', -- who sent it as far as known; "run all": sent together with the one before it
    message_id      TEXT NOT NULL DEFAULT '', -- id of the execute_request
    error_name      TEXT NOT NULL DEFAULT '', -- class of the exception
    error_value     TEXT NOT NULL DEFAULT '', -- its message after redaction
    redactions      INTEGER NOT NULL DEFAULT 0, -- how many secrets were masked in the source
    off             INTEGER NOT NULL DEFAULT 0, -- 1: the cell asked not to be recorded
    digest          TEXT NOT NULL DEFAULT '', -- chain: SHA-256 of the digest before it in the run and of what was known at the start
    seal            TEXT NOT NULL DEFAULT '', -- SHA-256 of digest, end and everything recorded about the execution
    PRIMARY KEY (run, n)
) WITHOUT ROWID;
-- One execution of one cell (PROV Activity).
CREATE INDEX executions_cell ON executions(cell_id, started);
CREATE INDEX executions_source ON executions(source, started);
CREATE INDEX executions_status ON executions(run, status);
CREATE INDEX executions_started ON executions(run, started);

CREATE TABLE outputs (
    run         TEXT NOT NULL,     -- its run
    n           INTEGER NOT NULL,  -- its execution
    position    INTEGER NOT NULL,  -- order in which the cell showed it
    type        TEXT NOT NULL,     -- stream | display_data | execute_result | error
    name        TEXT NOT NULL DEFAULT '', -- stdout | stderr for streams
    text        TEXT NOT NULL DEFAULT '', -- stream text, traceback, or text/plain; head and tail only where truncated
    data        TEXT NOT NULL DEFAULT '{}', -- JSON mime bundle; {"blob": sha256, "bytes": n, "base64": 0|1} for what stands in the blob folder
    metadata    TEXT NOT NULL DEFAULT '{}', -- JSON metadata of the bundle
    display_id  TEXT,              -- id for update_display_data
    error_name  TEXT NOT NULL DEFAULT '', -- class of the exception, for errors
    error_value TEXT NOT NULL DEFAULT '', -- its message, for errors
    bytes       INTEGER NOT NULL DEFAULT 0, -- length of the whole
    sha256      TEXT NOT NULL DEFAULT '', -- digest of the whole
    truncated   INTEGER NOT NULL DEFAULT 0, -- 1: head and tail only
    complete    INTEGER NOT NULL DEFAULT 1, -- 0: more was expected when it was last written
    redactions  INTEGER NOT NULL DEFAULT 0, -- how many secrets were masked
    PRIMARY KEY (run, n, position),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- What cells showed.
CREATE INDEX outputs_sha256 ON outputs(sha256);

CREATE TABLE usages (
    id         INTEGER PRIMARY KEY, -- row number
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- the execution that read
    path       TEXT NOT NULL,     -- absolute path
    given      TEXT NOT NULL DEFAULT '', -- path as the cell gave it
    sha256     TEXT,              -- digest of the content that was read, NULL where not known
    bytes      INTEGER,           -- its length
    mtime_ns   INTEGER,           -- modification time of the file then
    hash_state TEXT NOT NULL DEFAULT 'unknown', -- at-read | verified | provisional | unknown
    reason     TEXT NOT NULL DEFAULT '', -- why the digest is not known
    layer      TEXT NOT NULL DEFAULT 'audit', -- how the access was seen
    confidence TEXT NOT NULL DEFAULT 'certain', -- certain | named | unattributed
    package    TEXT NOT NULL DEFAULT '', -- name and version of the package the file is shipped in
    at         TEXT NOT NULL DEFAULT '', -- when
    kept       INTEGER NOT NULL DEFAULT 0, -- 1: bytes stand in the blob folder
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
);
-- Files that executions read (PROV used).
CREATE UNIQUE INDEX usages_once ON usages(run, n, path, ifnull(sha256, ''));
CREATE INDEX usages_sha256 ON usages(sha256);
CREATE INDEX usages_path ON usages(path);

CREATE TABLE generations (
    id         INTEGER PRIMARY KEY, -- row number
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- the execution that wrote
    path       TEXT NOT NULL,     -- absolute path
    given      TEXT NOT NULL DEFAULT '', -- path as the cell gave it
    sha256     TEXT,              -- digest of the content that was left, NULL where not known
    bytes      INTEGER,           -- its length
    mtime_ns   INTEGER,           -- modification time of the file then
    hash_state TEXT NOT NULL DEFAULT 'unknown', -- verified | provisional | unknown
    reason     TEXT NOT NULL DEFAULT '', -- why the digest is not known
    layer      TEXT NOT NULL DEFAULT 'audit', -- how the access was seen
    confidence TEXT NOT NULL DEFAULT 'certain', -- certain | named | unattributed
    package    TEXT NOT NULL DEFAULT '', -- name and version of the package the file lies in
    at         TEXT NOT NULL DEFAULT '', -- when
    kept       INTEGER NOT NULL DEFAULT 0, -- 1: bytes stand in the blob folder
    deleted    INTEGER NOT NULL DEFAULT 0, -- 1: the execution removed the file; then the digest is NULL
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
);
-- Files that executions wrote or removed (PROV wasGeneratedBy, wasInvalidatedBy).
CREATE UNIQUE INDEX generations_once ON generations(run, n, path, ifnull(sha256, ''), deleted);
CREATE INDEX generations_sha256 ON generations(sha256);
CREATE INDEX generations_path ON generations(path);

CREATE TABLE bindings (
    run  TEXT NOT NULL,     -- its run
    n    INTEGER NOT NULL,  -- its execution
    name TEXT NOT NULL,     -- top-level name; dotted module name for imports
    role TEXT NOT NULL,     -- bound | used | mutated | imported | opaque
    PRIMARY KEY (run, n, name, role),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Names that the code of an execution binds, uses or may change in place; role 'opaque' (name '') where analysis cannot follow.

CREATE TABLE parameters (
    run    TEXT NOT NULL,     -- its run
    n      INTEGER NOT NULL,  -- its execution
    name   TEXT NOT NULL,     -- name
    value  TEXT NOT NULL,     -- JSON
    type   TEXT NOT NULL DEFAULT '', -- Python type
    source TEXT NOT NULL DEFAULT 'explicit', -- explicit | literal | papermill
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Named input values.

CREATE TABLE metrics (
    id         INTEGER PRIMARY KEY, -- row number
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- its execution
    name       TEXT NOT NULL,     -- name
    step       INTEGER,           -- step or epoch, NULL for a single number
    value      REAL,              -- number; NULL where it is NaN or infinite
    special    TEXT NOT NULL DEFAULT '', -- NaN | Infinity | -Infinity
    at         TEXT NOT NULL DEFAULT '', -- when
    source     TEXT NOT NULL DEFAULT 'explicit', -- explicit | printed | returned | bound
    confidence REAL NOT NULL DEFAULT 1.0, -- 0 … 1
    unit       TEXT NOT NULL DEFAULT '', -- unit where plain, e.g. %
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
);
-- Named numbers that executions produced.
CREATE UNIQUE INDEX metrics_once ON metrics(run, n, name, ifnull(step, -1), source);
CREATE INDEX metrics_name ON metrics(name);

CREATE TABLE packages_used (
    run  TEXT NOT NULL,     -- its run
    n    INTEGER NOT NULL,  -- execution after which it was first seen loaded
    name TEXT NOT NULL,     -- distribution
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run) REFERENCES runs(run) ON DELETE CASCADE
) WITHOUT ROWID;
-- Distributions whose modules a run really imported.

CREATE TABLE facets (
    run   TEXT NOT NULL,     -- its run
    n     INTEGER NOT NULL,  -- its execution, 0 for the run
    name  TEXT NOT NULL,     -- name of the facet
    value TEXT NOT NULL,     -- JSON
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run) REFERENCES runs(run) ON DELETE CASCADE
) WITHOUT ROWID;
-- Facts without a table of their own.

CREATE TABLE notes (
    id   INTEGER PRIMARY KEY, -- row number
    run  TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE, -- its run
    n    INTEGER NOT NULL,  -- its execution, 0 for the run
    text TEXT NOT NULL,     -- what a person wrote
    at   TEXT NOT NULL,     -- when
    UNIQUE (run, n, text, at)
);
-- Words that a person adds.

CREATE TABLE tags (
    run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE, -- its run
    n   INTEGER NOT NULL,  -- its execution, 0 for the run
    tag TEXT NOT NULL,     -- label
    at  TEXT NOT NULL,     -- when
    PRIMARY KEY (run, n, tag)
) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags(tag);
-- Labels that a person adds.

CREATE TABLE names (
    name TEXT PRIMARY KEY,  -- handle that works as an address
    run  TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE, -- what it means
    n    INTEGER NOT NULL,  -- its execution, 0 for the run
    at   TEXT NOT NULL      -- when it was given
) WITHOUT ROWID;
CREATE INDEX names_run ON names(run, n);
-- Handles that a person gives; a name given again moves.

CREATE TABLE problems (
    id     INTEGER PRIMARY KEY, -- row number
    run    TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE, -- its run
    n      INTEGER NOT NULL,  -- its execution, 0 for the run
    what   TEXT NOT NULL,     -- short: not-seen | recorder-failed | truncated | …
    detail TEXT NOT NULL DEFAULT '', -- sentence
    at     TEXT NOT NULL DEFAULT '', -- when
    UNIQUE (run, n, what, detail)
);
-- What a person should know: what was not seen, which recorder failed.

CREATE TABLE spools (
    segment  TEXT PRIMARY KEY,  -- file name in the spool folder
    position INTEGER NOT NULL,  -- bytes of it that stand in the journal
    damaged  INTEGER NOT NULL DEFAULT 0 -- lines that failed their checksum
) WITHOUT ROWID;
-- How far each spool segment has been taken in; written in the same transaction as its rows.

CREATE TABLE search_entries (
    id   INTEGER PRIMARY KEY, -- rowid in the index
    kind TEXT NOT NULL,       -- source | output | note | path | metric | notebook
    run  TEXT NOT NULL,       -- run of an output or a note; '' for the other kinds, whose text many executions share
    n    INTEGER NOT NULL,    -- its execution, 0 for the run or a shared text
    item TEXT NOT NULL,       -- which one: digest of the source, position of the output, digest of the note, path, name
    UNIQUE (kind, run, n, item)
);
-- What each row of the full-text index belongs to.
"""

SEARCH = """
CREATE VIRTUAL TABLE search_index USING fts5(text, tokenize = "unicode61 tokenchars '_'");
-- Full-text index over code, outputs, notes, paths, notebooks and metric names; rowid = search_entries.id.
"""

DATA = """
ALTER TABLE usages ADD COLUMN edges TEXT NOT NULL DEFAULT ''; -- SHA-256 of the first and the last 64 KiB: what is known of a large file before its digest is, or instead of it
ALTER TABLE generations ADD COLUMN edges TEXT NOT NULL DEFAULT ''; -- SHA-256 of the first and the last 64 KiB: what is known of a large file before its digest is, or instead of it
ALTER TABLE generations ADD COLUMN moved TEXT NOT NULL DEFAULT ''; -- the file was renamed: where it came from, or where it went for a row with deleted = 1

CREATE TABLE frames (
    run      TEXT NOT NULL,     -- its run
    n        INTEGER NOT NULL,  -- the execution after which it was looked at
    name     TEXT NOT NULL,     -- top-level name it was bound to
    kind     TEXT NOT NULL,     -- pandas | polars
    rows     INTEGER,           -- its rows, NULL where not known (a lazy frame)
    columns  INTEGER NOT NULL,  -- its columns
    schema   TEXT NOT NULL,     -- SHA-256 of the columns' names and types
    content  TEXT NOT NULL DEFAULT '', -- SHA-256 of what was sampled: equal where the same rows of equal frames were looked at
    profile  TEXT NOT NULL DEFAULT '{}', -- JSON: per column its name, type, nulls, quantiles, mean, deviation, most frequent values
    complete INTEGER NOT NULL DEFAULT 1, -- 0: time ran out before every column was looked at
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Data frames that executions made or changed: their shape, and what a sample of their rows says.
CREATE INDEX frames_content ON frames(content);

CREATE TABLE queries (
    id        INTEGER PRIMARY KEY, -- row number
    run       TEXT NOT NULL,     -- its run
    n         INTEGER NOT NULL,  -- the execution that asked
    database  TEXT NOT NULL,     -- which one, without credentials: the path of a file, or scheme, host, port and name
    dialect   TEXT NOT NULL DEFAULT '', -- sqlite | duckdb | postgresql | …
    statement TEXT NOT NULL,     -- SQL with its literals replaced by ?
    times     INTEGER NOT NULL DEFAULT 1, -- how often the execution asked it
    rows      INTEGER,           -- rows that were given back or changed, NULL where not known
    layer     TEXT NOT NULL DEFAULT '', -- how it was seen
    at        TEXT NOT NULL DEFAULT '', -- when first
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
);
-- SQL that executions sent to databases.
CREATE UNIQUE INDEX queries_once ON queries(run, n, database, statement);
CREATE INDEX queries_database ON queries(database);

CREATE TABLE remotes (
    id       INTEGER PRIMARY KEY, -- row number
    run      TEXT NOT NULL,     -- its run
    n        INTEGER NOT NULL,  -- the execution that fetched or sent it
    role     TEXT NOT NULL,     -- read | written
    url      TEXT NOT NULL,     -- address without credentials
    version  TEXT NOT NULL DEFAULT '', -- ETag or version as the server named it
    modified TEXT NOT NULL DEFAULT '', -- Last-Modified as the server named it
    bytes    INTEGER,           -- length, NULL where not known
    sha256   TEXT,              -- digest of the content where it passed through a library that holds it whole, else NULL
    layer    TEXT NOT NULL DEFAULT '', -- how it was seen
    at       TEXT NOT NULL DEFAULT '', -- when first
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
);
-- Data that executions fetched from or sent to other machines.
CREATE UNIQUE INDEX remotes_once ON remotes(run, n, role, url, version);
CREATE INDEX remotes_url ON remotes(url);

CREATE TABLE kept (
    sha256 TEXT PRIMARY KEY,  -- digest of the content
    bytes  INTEGER NOT NULL,  -- its length
    stored INTEGER NOT NULL,  -- what it occupies in the blob folder
    at     TEXT NOT NULL      -- when it was last read or written by an execution
) WITHOUT ROWID;
-- Contents of data files that stand in the blob folder; the oldest go first when they are more than the journal may keep.
CREATE INDEX kept_at ON kept(at);
"""

RESULTS = """
ALTER TABLE parameters ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- what it belongs to (a model, a config); '' for a name of the user's
ALTER TABLE metrics ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- what it was read from: a call, an attribute, a name, an output
DROP INDEX metrics_once;
CREATE UNIQUE INDEX metrics_once ON metrics(run, n, name, ifnull(step, -1), source, place);

CREATE TABLE series (
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- the execution after which it stood so
    name       TEXT NOT NULL,     -- name
    source     TEXT NOT NULL,     -- as of metrics
    place      TEXT NOT NULL,     -- what it was read from
    numbers    TEXT NOT NULL,     -- JSON: the numbers in order; "NaN", "Infinity", "-Infinity" where they are none
    steps      TEXT NOT NULL DEFAULT '[]', -- JSON: the step of each, [] where they are 0, 1, 2 …
    points     INTEGER NOT NULL DEFAULT 0, -- how many there were, where the numbers are a selection of them
    at         TEXT NOT NULL DEFAULT '', -- when
    confidence REAL NOT NULL DEFAULT 1.0, -- 0 … 1
    unit       TEXT NOT NULL DEFAULT '', -- unit where plain
    PRIMARY KEY (run, n, name, source, place),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Numbers per step, epoch or round that something kept: learning curves.
CREATE INDEX series_name ON series(name);

CREATE TABLE models (
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- the execution that fitted, made or changed it
    name       TEXT NOT NULL,     -- name it was bound to
    recipe     TEXT NOT NULL DEFAULT '', -- digest of class and all hyperparameters: equal where only the data differ
    kind       TEXT NOT NULL,     -- its class with its module
    library    TEXT NOT NULL DEFAULT '', -- distribution it comes from
    version    TEXT NOT NULL DEFAULT '', -- the distribution's version
    parameters TEXT NOT NULL DEFAULT '{}', -- JSON: hyperparameters that differ from the default
    fitted_on  TEXT NOT NULL DEFAULT '[]', -- JSON: name, kind, shape and columns of what it was fitted on
    features   TEXT NOT NULL DEFAULT '[]', -- JSON: names of the features
    signature  TEXT,              -- JSON: schema of input and output, NULL where not known
    fit_s      REAL,              -- seconds the fitting took, NULL where not known
    bytes      INTEGER,           -- its size, NULL where not known
    path       TEXT NOT NULL DEFAULT '', -- the file it was saved to
    at         TEXT NOT NULL DEFAULT '', -- when
    PRIMARY KEY (run, n, name, recipe),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Models that executions fitted, made or changed.
CREATE INDEX models_kind ON models(kind);

CREATE TABLE figures (
    run      TEXT NOT NULL,     -- its run
    n        INTEGER NOT NULL,  -- the execution that showed or saved it
    position INTEGER NOT NULL,  -- of the output that shows it; -1 where it was only saved
    path     TEXT NOT NULL DEFAULT '', -- the file it was saved to
    title    TEXT NOT NULL DEFAULT '', -- its title
    labels   TEXT NOT NULL DEFAULT '[]', -- JSON: labels of its axes and lines
    data     TEXT NOT NULL DEFAULT '[]', -- JSON: names of the frames or arrays it was drawn from
    PRIMARY KEY (run, n, position, path),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- What figures say of themselves; their pictures are outputs or files.
CREATE INDEX figures_title ON figures(title);

CREATE TABLE resources (
    run          TEXT NOT NULL,     -- its run
    n            INTEGER NOT NULL,  -- its execution
    cpu_s        REAL NOT NULL DEFAULT 0, -- seconds of processor time
    memory_bytes INTEGER NOT NULL DEFAULT 0, -- memory of the kernel when the execution had ended
    peak_bytes   INTEGER NOT NULL DEFAULT 0, -- the kernel's largest so far, where the execution raised it; else 0
    gpu          TEXT,              -- JSON: memory and use of graphics processors, NULL where there is none
    PRIMARY KEY (run, n),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- What executions took of the machine.

CREATE TABLE results (
    run      TEXT NOT NULL,     -- its run
    n        INTEGER NOT NULL,  -- its execution
    started  TEXT NOT NULL,     -- when the execution started
    metrics  INTEGER NOT NULL,  -- how many metrics are sure enough to be shown unasked
    doubtful INTEGER NOT NULL,  -- how many others there are
    models   INTEGER NOT NULL,  -- how many models
    figures  INTEGER NOT NULL,  -- how many pictures it showed or saved
    files    INTEGER NOT NULL,  -- how many files it wrote
    PRIMARY KEY (run, n),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Executions that produced a metric, a model, a figure or a file; made from the other tables, so that they are found at once.
CREATE INDEX results_started ON results(started);

CREATE TABLE result_metrics (
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- its execution
    name       TEXT NOT NULL,     -- name
    value      REAL,              -- the number that counts, of all that bear the name; NULL for NaN
    step       INTEGER,           -- its step
    source     TEXT NOT NULL,     -- as of metrics
    confidence REAL NOT NULL,     -- 0 … 1
    unit       TEXT NOT NULL,     -- unit where plain
    numbers    INTEGER NOT NULL,  -- how many bear the name
    appeared   INTEGER NOT NULL,  -- which metric of the execution it was, in the order in which they came: 0, 1, 2 …
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run, n) REFERENCES results(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- The number that counts of each metric of a result; made from `metrics`.
CREATE INDEX result_metrics_value ON result_metrics(name, value, confidence);
"""

STATE = """
CREATE TABLE modules (
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- the execution that first used it so: that loaded it, loaded it again, or worked on with what its file no longer says
    name       TEXT NOT NULL,     -- dotted name of the module
    path       TEXT NOT NULL,     -- its file
    state      TEXT NOT NULL,     -- loaded | reloaded | stale (the file was changed since, what is loaded was not)
    sha256     TEXT,              -- digest of the code as loaded, after redaction, NULL where not known; its content stands in the blob folder where `kept` has it
    bytes      INTEGER,           -- its length
    redactions INTEGER NOT NULL DEFAULT 0, -- how many secrets were masked in it
    reason     TEXT NOT NULL DEFAULT '', -- why the digest is not known, or the content is not kept
    at         TEXT NOT NULL DEFAULT '', -- when it was looked at
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Modules of the user's own that executions loaded: no package and not Python itself.
CREATE INDEX modules_sha256 ON modules(sha256);

CREATE TABLE package_changes (
    run    TEXT NOT NULL,     -- its run
    n      INTEGER NOT NULL,  -- the execution after which it was noticed
    name   TEXT NOT NULL,     -- distribution
    before TEXT,              -- version that was installed, NULL where it was not
    after  TEXT,              -- version that is installed now, NULL where it is gone
    loaded INTEGER NOT NULL DEFAULT 0, -- 1: a module of the version before is loaded, and goes on being used until the kernel is restarted
    at     TEXT NOT NULL DEFAULT '', -- when
    PRIMARY KEY (run, n, name),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Distributions that were installed, changed or removed while a kernel lived.

CREATE TABLE randomness (
    run        TEXT NOT NULL,     -- its run
    n          INTEGER NOT NULL,  -- its execution
    generators TEXT NOT NULL DEFAULT '{}', -- JSON: per global generator digests of its state before and after, and whether it was drawn from or seeded
    seeds      TEXT NOT NULL DEFAULT '[]', -- JSON: what the code seeds: what, with which value, where it is written
    unseeded   TEXT NOT NULL DEFAULT '[]', -- JSON: global generators that were drawn from though nothing in the run had seeded them
    at         TEXT NOT NULL DEFAULT '', -- when the states were read
    PRIMARY KEY (run, n),
    FOREIGN KEY (run, n) REFERENCES executions(run, n) ON DELETE CASCADE
) WITHOUT ROWID;
-- Seeds that executions set and random numbers that they drew; an execution that did neither has no row.

CREATE TABLE git_snapshots (
    run       TEXT NOT NULL,     -- its run
    n         INTEGER NOT NULL,  -- the execution after which it was taken, 0 at the start
    root      TEXT NOT NULL,     -- top folder of the repository
    ref       TEXT NOT NULL,     -- the reference in that repository which holds it, below refs/labjournal
    snapshot  TEXT,              -- commit with everything uncommitted, NULL where nothing was
    commit_id TEXT,              -- HEAD, NULL where there was none
    files     INTEGER NOT NULL DEFAULT 0, -- files in which the snapshot differs from HEAD
    bytes     INTEGER NOT NULL DEFAULT 0, -- their length
    left_out  TEXT NOT NULL DEFAULT '[]', -- JSON: path, bytes and reason of uncommitted files that are not in it
    reason    TEXT NOT NULL DEFAULT '', -- why there is none
    at        TEXT NOT NULL DEFAULT '', -- when
    PRIMARY KEY (run, n),
    FOREIGN KEY (run) REFERENCES runs(run) ON DELETE CASCADE
) WITHOUT ROWID;
-- Uncommitted and small untracked files as they stood, kept as commits in the user's repository.

CREATE TABLE distributions (
    id        INTEGER PRIMARY KEY, -- its number
    digest    BLOB NOT NULL UNIQUE, -- first 16 bytes of the SHA-256 of what follows, so that each state stands once
    name      TEXT NOT NULL,     -- distribution
    version   TEXT NOT NULL,     -- its version
    record    BLOB,              -- SHA-256 of its RECORD, the list of its files with their digests; NULL where there is none
    installer TEXT NOT NULL DEFAULT '', -- pip, uv, conda …
    requested INTEGER,           -- 1: somebody asked for it by name; NULL: not told
    source    TEXT NOT NULL DEFAULT 'unknown', -- index | editable | local | vcs | archive | conda | unknown
    url       TEXT NOT NULL DEFAULT '', -- where it came from, if not from an index: path, or URL without credentials
    commit_id TEXT NOT NULL DEFAULT '', -- the commit, of a repository
    requires  TEXT NOT NULL DEFAULT '[]', -- JSON: what it requires, as far as it is installed too
    reason    TEXT NOT NULL DEFAULT ''  -- why something is not known
);
-- Installed distributions with where they came from, each state once.
ALTER TABLE packages ADD COLUMN distribution INTEGER; -- its row in distributions, NULL where that was not looked at
ALTER TABLE environments ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'; -- JSON: locale, time zone, packages of conda or pixi
"""
