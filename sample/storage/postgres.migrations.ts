/** Of the shop's tables and the library's: nobody else's are touched, and to drop it is to begin anew. */
export const SHOP_SCHEMA = 'shop';

/** The steps of the shop's tables, oldest first. They are only ever added: what has run somewhere stays as it is. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE shop.secret (one integer PRIMARY KEY CHECK (one = 1), value text NOT NULL)`,

  `CREATE TABLE shop.request_ids (reference text PRIMARY KEY, id text NOT NULL, ends timestamptz NOT NULL);
   CREATE INDEX request_ids_ends ON shop.request_ids (ends)`,

  `CREATE TABLE shop.sold (sku text PRIMARY KEY, pieces integer NOT NULL);
   CREATE TABLE shop.served_orders (id text PRIMARY KEY)`,

  `CREATE TABLE shop.orders (
     number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id text NOT NULL UNIQUE,
     user_id text NOT NULL,
     body json NOT NULL,
     step integer NOT NULL,
     charge_id text
   );
   CREATE INDEX orders_of_user ON shop.orders (user_id, number)`,

  `CREATE TABLE shop.charges (
     number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id text NOT NULL UNIQUE,
     user_id text NOT NULL,
     order_id text NOT NULL,
     idempotency_key text NOT NULL,
     body json NOT NULL,
     amount integer NOT NULL,
     refunded integer NOT NULL DEFAULT 0,
     UNIQUE (order_id, idempotency_key)
   );
   CREATE INDEX charges_of_user ON shop.charges (user_id, number);
   CREATE TABLE shop.refunds (id text PRIMARY KEY, body json NOT NULL)`,

  `CREATE TABLE shop.mails (
     number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     idempotency_key text NOT NULL UNIQUE,
     user_id text NOT NULL,
     subject text NOT NULL
   );
   CREATE INDEX mails_of_user ON shop.mails (user_id, number)`,

  `CREATE TABLE shop.last_invoice (one integer PRIMARY KEY CHECK (one = 1), number integer NOT NULL)`,
];
