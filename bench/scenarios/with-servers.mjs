// Servers for a scenario.

/**
 * Starts one for each of `items`, `{ platform, candidate, more }`, calls `use` with the items, each with its `server`, and stops
 * them all.
 */
export async function withServers({ startServer }, items, use) {
  const started = [];
  try {
    for (const item of items) {
      const server = await startServer(item.platform, item.candidate, item.more);
      started.push({ ...item, server });
    }
    return await use(started);
  } finally {
    await Promise.all(started.map(({ server }) => server.stop()));
  }
}

/** Each of these candidates on each of these platforms. */
export const onAll = (platforms, candidates, more) =>
  platforms.flatMap((platform) => candidates.map((candidate) => ({ platform, candidate, more })));
