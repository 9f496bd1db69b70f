/** A Redis key of the shop. The hash tag keeps them in one slot, so that a script may use several on a cluster. */
export const shopKey = (...parts: readonly string[]): string => ['{shop}', ...parts].join(':');
