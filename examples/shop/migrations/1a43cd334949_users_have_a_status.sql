-- Users have a status
--
-- Revision ID: 1a43cd334949
-- Revises: 334751bf5d19
-- Create Date: 2026-11-21T11:01:14Z

-- migrate:up dialect=postgresql
ALTER TABLE users ADD COLUMN status VARCHAR(20);
UPDATE users SET status = 'active' WHERE status IS NULL;
ALTER TABLE users ALTER COLUMN status SET NOT NULL;

-- migrate:up dialect=sqlite
-- Rebuild users: ALTER TABLE cannot make this change.
CREATE TABLE _limbeck_new_users (
    user_id INTEGER NOT NULL,
    username VARCHAR(100) NOT NULL,
    email VARCHAR(100) NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
    phone VARCHAR(20),
    status VARCHAR(20) NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT uq_users_username UNIQUE (username)
);

INSERT INTO _limbeck_new_users (user_id, username, email, created_at, phone, status)
SELECT user_id, username, email, created_at, phone, 'active'
FROM users;

DROP TABLE users;
PRAGMA legacy_alter_table=ON;
ALTER TABLE _limbeck_new_users RENAME TO users;
PRAGMA legacy_alter_table=OFF;

-- migrate:down
-- hazard: data-loss dropping column `users.status` deletes its values

ALTER TABLE users DROP COLUMN status;
