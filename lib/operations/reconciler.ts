import type { UncertainSighting } from '../engine/engine.js';
import type { RecordResolution, UncertainRecord, UncertaintyResolver } from './resolution.js';

/** Records asked about at the same time at most; what is found beyond that is asked about when it is found again. */
const MOST = 100;
/** ms. One that hangs gives way to others then; what it says later still counts. */
const PATIENCE = 60_000;

/** Asks the application what became of uncertain attempts, and resolves what it knows. */
export class Reconciler {
  private readonly asking = new Set<string>();

  constructor(
    private readonly resolver: UncertaintyResolver,
    /** How the record stands; nothing when it is not that attempt's any more. */
    private readonly look: (sighting: UncertainSighting) => Promise<UncertainRecord | undefined>,
    private readonly resolve: (sighting: UncertainSighting, resolution: RecordResolution) => Promise<unknown>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asks in the background; not twice at a time about one attempt. Never throws. */
  notice(sighting: UncertainSighting): void {
    const name = `${sighting.ref.id} ${sighting.ref.fence}`;
    if (this.asking.has(name) || this.asking.size >= MOST) return;
    this.asking.add(name);
    const giveWay = setTimeout(() => {
      this.asking.delete(name);
      this.onError(new Error(`onUncertain has said nothing of ${sighting.ref.id} for ${PATIENCE} ms.`));
    }, PATIENCE);
    giveWay.unref();
    this.ask(sighting)
      .catch(this.onError)
      .finally(() => {
        clearTimeout(giveWay);
        this.asking.delete(name);
      });
  }

  private async ask(sighting: UncertainSighting): Promise<void> {
    const record = await this.look(sighting);
    if (!record) return;
    const resolution = await this.resolver(record);
    if (resolution) await this.resolve(sighting, resolution);
  }
}
