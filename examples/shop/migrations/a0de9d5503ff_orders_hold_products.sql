-- Orders hold products
--
-- Revision ID: a0de9d5503ff
-- Revises: 767e92e71846
-- Create Date: 2026-11-21T11:01:14Z

-- migrate:up
CREATE TABLE order_products (
    order_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    CONSTRAINT pk_order_products PRIMARY KEY (order_id, product_id),
    CONSTRAINT fk_order_products_order_id_orders FOREIGN KEY (order_id) REFERENCES orders (order_id) ON DELETE CASCADE,
    CONSTRAINT fk_order_products_product_id_products FOREIGN KEY (product_id) REFERENCES products (product_id)
);

-- migrate:down
-- hazard: data-loss dropping table `order_products` deletes its rows

DROP TABLE order_products;
