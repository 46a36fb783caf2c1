-- What PostgreSQL has from version 15 on, in the database of entities.sql.
CREATE VIEW invoked WITH (security_invoker = true) AS SELECT order_id FROM orders;
CREATE PUBLICATION parts FOR TABLE customers (customer_id, name), TABLE orders WHERE (price > 5);
CREATE PUBLICATION whole_schema FOR TABLES IN SCHEMA audit, TABLE "Odd names"."Some ""table""";
CREATE UNIQUE INDEX uq_best_name ON best (name) NULLS NOT DISTINCT;
