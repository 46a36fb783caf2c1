-- Posts have headlines
--
-- Revision ID: 334751bf5d19
-- Revises: eff96df86e33
-- Create Date: 2026-11-21T11:01:14Z

-- migrate:up
-- hazard: breaks-clients programs that use column `posts.title` fail once it is called `headline`

ALTER TABLE posts RENAME COLUMN title TO headline;

-- migrate:down
-- hazard: breaks-clients programs that use column `posts.headline` fail once it is called `title`

ALTER TABLE posts RENAME COLUMN headline TO title;
