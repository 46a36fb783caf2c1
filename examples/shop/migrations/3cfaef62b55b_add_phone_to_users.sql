-- Add phone to users
--
-- Revision ID: 3cfaef62b55b
-- Revises: ca5b9dfa29fe
-- Create Date: 2026-11-21T11:01:14Z

-- migrate:up
ALTER TABLE users ADD COLUMN phone VARCHAR(20);

-- migrate:down
-- hazard: data-loss dropping column `users.phone` deletes its values

ALTER TABLE users DROP COLUMN phone;
