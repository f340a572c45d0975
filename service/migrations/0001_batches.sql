-- SQLite and Postgres run the same text: only types that both have, and names instead of numbers that count themselves.

CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    -- staging, running, done, cancelled, expired
    state TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    scored BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    faults BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- While it is staging: when its last submission came.
    touched_at BIGINT NOT NULL,
    finished_at BIGINT,
    -- JSON: a list of what was wrong with which row
    problems TEXT NOT NULL,
    -- The name that a client gave its request, and the SHA-256 of the request's body
    request_key TEXT,
    request_sha256 TEXT,
    UNIQUE (client, request_key)
);

CREATE INDEX batches_of_client ON batches (client, created_at, id);
CREATE INDEX batches_in_state ON batches (state, created_at, id);

-- Shared by batches. Every batch that uses a task has it used no earlier than the batch was created.
CREATE TABLE tasks (
    task_key TEXT PRIMARY KEY,
    json TEXT NOT NULL,
    used_at BIGINT NOT NULL
);

CREATE INDEX tasks_by_use ON tasks (used_at);

CREATE TABLE submissions (
    batch TEXT NOT NULL,
    position BIGINT NOT NULL,
    task_key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (batch, position)
);

CREATE TABLE reports (
    batch TEXT NOT NULL,
    position BIGINT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (batch, position)
);

CREATE TABLE judge0_submissions (
    token TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    result TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX judge0_submissions_by_age ON judge0_submissions (created_at, token);
