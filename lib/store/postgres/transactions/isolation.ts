/** What Postgres tells apart. */
export const ISOLATIONS = ['read committed', 'repeatable read', 'serializable'] as const;

export type Isolation = (typeof ISOLATIONS)[number];

export const isIsolation = (value: unknown): value is Isolation =>
  (ISOLATIONS as readonly unknown[]).includes(value);
