import { ANSWER, enquiry, Harness, KEPT } from './engine-harness.js';

export const TTL = 5_000;
export const REPLAY = { kind: 'replay', response: ANSWER };
const replayCache = { maxBytes: 1_048_576, ttl: TTL };

/** An engine that remembers answers; `asked` counts what its store was asked since it was asked last. */
export function open(more: object = {}) {
  const harness = new Harness({}, { replayCache, ...more });
  const { store, engine } = harness;
  let before = 0;
  const asked = () => {
    const now = Object.values(store.calls).reduce((sum, calls) => sum + calls);
    const since = now - before;
    before = now;
    return since;
  };
  const completed = async (response = ANSWER, retention = KEPT) => {
    await (await harness.run()).complete(response, retention);
    asked();
  };
  const begin = (of = {}) => engine.begin(enquiry(of));
  return { harness, store, engine, gateway: engine.gateway, asked, completed, begin };
}
