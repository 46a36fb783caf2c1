-- Add phone to users
--
-- Revision ID: 3cfaef62b55b
-- Revises: ca5b9dfa29fe
-- Create Date: 2026-11-21T09:30:24Z

-- migrate:up
ALTER TABLE users ADD COLUMN phone VARCHAR(20);

-- migrate:down
ALTER TABLE users DROP COLUMN phone;
