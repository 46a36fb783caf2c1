-- Longer usernames
--
-- Revision ID: eff96df86e33
-- Revises: 3cfaef62b55b
-- Create Date: 2026-11-21T11:01:14Z

-- migrate:up dialect=postgresql
ALTER TABLE users ALTER COLUMN username TYPE VARCHAR(100);

-- migrate:up dialect=sqlite
-- Rebuild users: ALTER TABLE cannot make this change.
CREATE TABLE _limbeck_new_users (
    user_id INTEGER NOT NULL,
    username VARCHAR(100) NOT NULL,
    email VARCHAR(100) NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
    phone VARCHAR(20),
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT uq_users_username UNIQUE (username)
);

INSERT INTO _limbeck_new_users (user_id, username, email, created_at, phone)
SELECT user_id, username, email, created_at, phone
FROM users;

DROP TABLE users;
PRAGMA legacy_alter_table=ON;
ALTER TABLE _limbeck_new_users RENAME TO users;
PRAGMA legacy_alter_table=OFF;

-- migrate:down dialect=postgresql
-- hazard: may-fail column `users.username` from VARCHAR(100) to VARCHAR(50): values that do not fit fail or are cut
-- hazard: table-rewrite column `users.username` from VARCHAR(100) to VARCHAR(50) writes table `users` anew

ALTER TABLE users ALTER COLUMN username TYPE VARCHAR(50);

-- migrate:down dialect=sqlite
-- Rebuild users: ALTER TABLE cannot make this change.
CREATE TABLE _limbeck_new_users (
    user_id INTEGER NOT NULL,
    username VARCHAR(50) NOT NULL,
    email VARCHAR(100) NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
    phone VARCHAR(20),
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT uq_users_username UNIQUE (username),
    CONSTRAINT uq_users_email UNIQUE (email)
);

INSERT INTO _limbeck_new_users (user_id, username, email, created_at, phone)
SELECT user_id, username, email, created_at, phone
FROM users;

DROP TABLE users;
PRAGMA legacy_alter_table=ON;
ALTER TABLE _limbeck_new_users RENAME TO users;
PRAGMA legacy_alter_table=OFF;
