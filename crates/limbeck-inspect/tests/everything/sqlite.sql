CREATE TABLE products (
    product_id INTEGER PRIMARY KEY AUTOINCREMENT,
    code VARCHAR(10) NOT NULL DEFAULT 'none' COLLATE NOCASE CONSTRAINT uq_products_code UNIQUE ON CONFLICT IGNORE,
    price NUMERIC(10, 2) DEFAULT -1.5 CHECK (price > 0),
    doubled NUMERIC(10, 2) GENERATED ALWAYS AS (price * 2) VIRTUAL,
    label TEXT GENERATED ALWAYS AS (lower(code) || '!') STORED,
    made DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
    soon TEXT DEFAULT (date('now', '+1 day')),
    flag BOOLEAN DEFAULT 1,
    photo BLOB DEFAULT x'00ff',
    unknown POINT(2),
    untyped,
    CONSTRAINT ck_products_price CHECK (  price
        BETWEEN 1 AND 10 -- cheap
    )
);
CREATE UNIQUE INDEX ix_products_price ON Products (PRICE DESC, code COLLATE BINARY, lower(code), (doubled + 1)) WHERE flag = 1;

CREATE TABLE "order" (
    "product id" BIGINT NOT NULL REFERENCES Products ON DELETE CASCADE,
    [number] SMALLINT NOT NULL,
    parent BIGINT,
    quantity INTEGER,
    CONSTRAINT pk_order PRIMARY KEY ("product id", number),
    CONSTRAINT fk_order_parent FOREIGN KEY (parent, number) REFERENCES "order" ("PRODUCT ID", [number])
        ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID;

CREATE TABLE "strict" (id INTEGER NOT NULL, name TEXT, CONSTRAINT pk_strict PRIMARY KEY (id)) STRICT;
CREATE TABLE loose (name VARCHAR(5) PRIMARY KEY);
ALTER TABLE loose ADD COLUMN added INTEGER DEFAULT 7;
ALTER TABLE loose RENAME COLUMN added TO more;

CREATE VIEW cheap AS SELECT code FROM products WHERE price < 5;
CREATE TRIGGER stamp AFTER UPDATE ON products BEGIN UPDATE products SET flag = 0; END;
CREATE VIRTUAL TABLE words USING fts5(word);
