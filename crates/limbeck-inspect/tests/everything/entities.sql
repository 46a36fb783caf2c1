-- One of every kind that is held by its definition, with what can be said of it besides. Roles belong to the server, not
-- to the database; the test makes limbeck_reader, limbeck_writer and limbeck_owner before.
CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'who did what';
CREATE SCHEMA "Odd names";
CREATE EXTENSION citext WITH SCHEMA audit;
CREATE EXTENSION pg_trgm;
COMMENT ON EXTENSION pg_trgm IS 'likeness';

CREATE TYPE state AS ENUM ('new', 'done');
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE audit.window AS RANGE (subtype = text, collation = "C", multirange_type_name = audit.windows);
COMMENT ON TYPE span IS 'from here to there';
CREATE COLLATION german (provider = icu, locale = 'de-DE');
CREATE COLLATION audit.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION plain (provider = libc, locale = 'C');
COMMENT ON COLLATION german IS 'umlauts';

CREATE FUNCTION tax(price numeric, rate numeric DEFAULT 0.19, label text DEFAULT 'x,y') RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'SELECT price * rate';
COMMENT ON FUNCTION tax(numeric, numeric, text) IS 'what the state gets';
CREATE FUNCTION tax(price integer) RETURNS integer LANGUAGE sql RETURN price / 5;

CREATE TABLE customers (
    customer_id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_customers PRIMARY KEY,
    name text COLLATE german NOT NULL,
    email audit.citext,
    state state DEFAULT 'new',
    visited span,
    tenant name DEFAULT CURRENT_USER
);
CREATE TABLE orders (
    order_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_orders PRIMARY KEY,
    customer_id integer NOT NULL CONSTRAINT fk_orders_customers REFERENCES customers,
    price numeric NOT NULL,
    due numeric GENERATED ALWAYS AS (price + tax(price, 0.19)) STORED,
    note text,
    changed timestamptz,
    CONSTRAINT ck_orders_tax CHECK (tax(price) < price)
);
CREATE TABLE audit.log (at timestamptz NOT NULL DEFAULT now(), what text, row_data jsonb);
CREATE TABLE "Odd names"."Some ""table""" ("The id" integer PRIMARY KEY, "order" text);

CREATE TABLE parent (a integer NOT NULL, b text DEFAULT 'p');
CREATE TABLE child (c date) INHERITS (parent);
ALTER TABLE child ALTER COLUMN b SET DEFAULT 'c';

CREATE TABLE events (at date NOT NULL, kind text NOT NULL, payload jsonb, CONSTRAINT pk_events PRIMARY KEY (at, kind)) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2026_clicks PARTITION OF events_2026 (payload DEFAULT '{}', CONSTRAINT ck_clicks CHECK (kind = 'click')) FOR VALUES IN ('click', 'tap');
CREATE TABLE events_other PARTITION OF events DEFAULT;
CREATE TABLE events_2024 (payload jsonb, at date NOT NULL, kind text NOT NULL);
ALTER TABLE events ATTACH PARTITION events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ix_events_payload ON events USING gin (payload);
CREATE INDEX ix_events_2025_kind ON events_2025 (kind);
COMMENT ON TABLE events_2025 IS 'an old year';

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
    -- The body is kept, 'as it is'.
    NEW.changed := now();
    RETURN NEW;
END;
$body$;
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.log (what, row_data) SELECT TG_OP, to_jsonb(n) FROM changed_rows n;
    PERFORM count_orders(1);
    RETURN NULL;
END $$;
CREATE FUNCTION count_orders(of_customer integer, OUT orders bigint, OUT total numeric) LANGUAGE sql STABLE
    AS 'SELECT count(*), sum(price) FROM orders WHERE customer_id = of_customer';
CREATE FUNCTION recent(since date) RETURNS TABLE (order_id bigint, price numeric) LANGUAGE sql STABLE ROWS 7
    BEGIN ATOMIC SELECT o.order_id, o.price FROM orders o WHERE o.changed > since; END;
CREATE FUNCTION "Odd names"."f(x)"(VARIADIC "an arg" text[]) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN array_to_string("an arg", '':=''); END';
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';
CREATE PROCEDURE archive(before date, INOUT moved integer DEFAULT 0) LANGUAGE plpgsql
    AS 'BEGIN DELETE FROM orders WHERE changed < before; GET DIAGNOSTICS moved = ROW_COUNT; END';
COMMENT ON PROCEDURE archive IS 'keeps it small';

CREATE FUNCTION longest_step(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN length($2) > length($1) THEN $2 ELSE $1 END';
CREATE AGGREGATE longest(text) (SFUNC = longest_step, STYPE = text, INITCOND = '', COMBINEFUNC = longest_step, PARALLEL = SAFE);
CREATE AGGREGATE rows_seen(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE AGGREGATE total(x numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_sum,
    MSFUNC = numeric_avg_accum, MINVFUNC = numeric_accum_inv, MSTYPE = internal, MFINALFUNC = numeric_sum);
CREATE AGGREGATE middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON AGGREGATE longest(text) IS 'the longest one';

CREATE FUNCTION near(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower($1) = lower($2)';
CREATE OPERATOR =~= (FUNCTION = near, LEFTARG = text, RIGHTARG = text, COMMUTATOR = =~=, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR audit.@@@ (FUNCTION = pg_catalog.numeric_abs, RIGHTARG = numeric);
COMMENT ON OPERATOR =~= (text, text) IS 'nearly';
CREATE FUNCTION state_number(state) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT CASE $1 WHEN ''new'' THEN 0 ELSE 1 END';
CREATE CAST (state AS integer) WITH FUNCTION state_number(state) AS ASSIGNMENT;
CREATE CAST (state AS json) WITH INOUT;
COMMENT ON CAST (state AS integer) IS 'its number';

CREATE TEXT SEARCH DICTIONARY short_words (TEMPLATE = pg_catalog.simple, stopwords = 'english', accept = 'false');
CREATE TEXT SEARCH CONFIGURATION shop_search (PARSER = pg_catalog.default);
ALTER TEXT SEARCH CONFIGURATION shop_search ADD MAPPING FOR asciiword, word WITH short_words, english_stem;
ALTER TEXT SEARCH CONFIGURATION shop_search ADD MAPPING FOR int WITH simple;
COMMENT ON TEXT SEARCH CONFIGURATION shop_search IS 'finds things';

CREATE VIEW dear_orders WITH (security_barrier, check_option = local) AS
    SELECT order_id, price, note FROM orders WHERE price > 100 AND note IN ('a', 'b');
ALTER VIEW dear_orders ALTER COLUMN note SET DEFAULT 'a';
CREATE VIEW totals (customer, total) AS SELECT customer_id, sum(price) FROM orders GROUP BY customer_id;
COMMENT ON VIEW totals IS 'per customer';
COMMENT ON COLUMN totals.total IS 'in euros';
CREATE VIEW audit.with_names AS SELECT c.*, t.total FROM customers c JOIN totals t ON t.customer = c.customer_id;
CREATE VIEW keyed AS SELECT o.order_id, o.note, count(*) AS n FROM orders o GROUP BY o.order_id;
CREATE RECURSIVE VIEW counting (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE MATERIALIZED VIEW best WITH (fillfactor = 70) AS SELECT customer, total, name FROM totals JOIN customers ON customer_id = customer WITH DATA;
CREATE UNIQUE INDEX uq_best ON best (customer);
CREATE INDEX ix_best_name ON best (lower(name) COLLATE "C" DESC) WHERE total > 0;
COMMENT ON MATERIALIZED VIEW best IS 'refresh at night';
COMMENT ON COLUMN best.total IS 'in euros';
COMMENT ON INDEX ix_best_name IS 'for the search';
CREATE MATERIALIZED VIEW audit.unfilled AS SELECT what FROM audit.log WITH NO DATA;

CREATE TRIGGER touch BEFORE UPDATE OF price, note ON orders FOR EACH ROW WHEN (OLD.price IS DISTINCT FROM NEW.price OR NEW.note = 'x') EXECUTE FUNCTION touch();
CREATE TRIGGER record_insert AFTER INSERT ON orders REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record();
ALTER TABLE orders DISABLE TRIGGER record_insert;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT OR UPDATE ON orders FROM customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE orders ENABLE ALWAYS TRIGGER checked;
CREATE TRIGGER instead INSTEAD OF INSERT ON totals FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER "Odd trigger" BEFORE DELETE ON "Odd names"."Some ""table""" FOR EACH ROW EXECUTE FUNCTION touch('an argument');
CREATE TRIGGER on_events AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER touch ON orders IS 'keeps the time';
CREATE RULE keep AS ON DELETE TO audit.log DO INSTEAD NOTHING;
CREATE RULE copy AS ON INSERT TO customers DO ALSO INSERT INTO audit.log (what) VALUES (NEW.name);
ALTER TABLE customers DISABLE RULE copy;
COMMENT ON RULE keep ON audit.log IS 'for ever';

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.log FORCE ROW LEVEL SECURITY;
CREATE POLICY own_customers ON customers USING (tenant = CURRENT_USER);
CREATE POLICY "few, orders" ON orders AS RESTRICTIVE FOR UPDATE TO limbeck_writer, limbeck_reader
    USING (EXISTS (SELECT 1 FROM customers c WHERE c.customer_id = orders.customer_id)) WITH CHECK (price < 1000);
CREATE POLICY readers ON orders FOR SELECT TO limbeck_reader USING (tax(price) > 0);
COMMENT ON POLICY own_customers ON customers IS 'each their own';

CREATE STATISTICS orders_together (ndistinct, dependencies) ON customer_id, price FROM orders;
CREATE STATISTICS audit.of_expression ON (lower(note)), price FROM orders;
ALTER STATISTICS orders_together SET STATISTICS 500;
COMMENT ON STATISTICS orders_together IS 'they go together';
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION warehouse FOR TABLE customers, orders WITH (publish = 'insert, delete', publish_via_partition_root = true);
COMMENT ON PUBLICATION warehouse IS 'for the warehouse';
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION on_ddl();
ALTER EVENT TRIGGER watch DISABLE;
COMMENT ON EVENT TRIGGER watch IS 'not now';

CREATE FOREIGN DATA WRAPPER dummy OPTIONS (debug 'true', password 'hunter2');
CREATE SERVER far TYPE 'kind' VERSION '1' FOREIGN DATA WRAPPER dummy OPTIONS (host 'far.example', sslpassword 'hunter3', "api_secret" 'hunter4');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS ("user" 'u', password 'hunter5');
CREATE FOREIGN TABLE audit.remote (id integer OPTIONS (column_name 'ID') NOT NULL, what text COLLATE "C" DEFAULT 'x', CONSTRAINT ck_id CHECK (id > 0))
    SERVER far OPTIONS (table_name 'it''s');
COMMENT ON SERVER far IS 'over there';
COMMENT ON FOREIGN TABLE audit.remote IS 'theirs';
COMMENT ON COLUMN audit.remote.what IS 'not ours';

CREATE SEQUENCE ticket;
GRANT USAGE ON SCHEMA audit TO limbeck_reader;
GRANT CREATE, USAGE ON SCHEMA audit TO limbeck_writer WITH GRANT OPTION;
GRANT SELECT ON orders, totals, best, audit.remote TO limbeck_reader;
GRANT INSERT, UPDATE ON orders TO limbeck_writer WITH GRANT OPTION;
GRANT SELECT (customer_id, name), UPDATE (name) ON customers TO limbeck_reader;
GRANT SELECT ON orders TO limbeck_owner;
GRANT SELECT ON parent TO PUBLIC;
GRANT USAGE ON SEQUENCE ticket TO limbeck_writer;
REVOKE ALL ON FUNCTION tax(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tax(integer) TO limbeck_reader;
GRANT EXECUTE ON PROCEDURE archive TO limbeck_writer;
REVOKE USAGE ON TYPE state FROM PUBLIC;
GRANT USAGE ON TYPE state TO limbeck_writer;
GRANT USAGE ON FOREIGN DATA WRAPPER dummy TO limbeck_owner;
GRANT USAGE ON FOREIGN SERVER far TO limbeck_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO limbeck_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE limbeck_writer GRANT ALL ON SEQUENCES TO limbeck_reader WITH GRANT OPTION;

ALTER TABLE audit.log OWNER TO limbeck_owner;
ALTER VIEW totals OWNER TO limbeck_owner;
ALTER FUNCTION nothing() OWNER TO limbeck_owner;
ALTER TYPE state OWNER TO limbeck_owner;
ALTER SEQUENCE ticket OWNER TO limbeck_owner;
ALTER SCHEMA "Odd names" OWNER TO limbeck_owner;

-- What is not managed, and must be counted.
CREATE OPERATOR CLASS near_ops FOR TYPE text USING hash AS OPERATOR 1 =~=;
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
SELECT lo_create(4711);
