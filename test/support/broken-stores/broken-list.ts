import type { RecordEntry, RecordPage, RecordQuery } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';

const list = (check: string): string => `list: ${check}`;

/** A store that does not heed a part of what is asked for. */
const heedless = (part: keyof RecordQuery): BrokenStore['Store'] =>
  class extends ReferenceStore {
    protected override matches(id: string, query: RecordQuery): RecordEntry[] {
      return super.matches(id, { ...query, [part]: undefined });
    }
  };

export const brokenList: readonly BrokenStore[] = [
  {
    defect: 'lists records of any state',
    caughtBy: [list('finds the states asked for, and no other')],
    Store: heedless('states'),
  },
  {
    defect: 'lists records of any scope',
    caughtBy: [list('finds the scopes asked for, and no other')],
    Store: heedless('scopes'),
  },
  {
    defect: 'lists any ids',
    caughtBy: [list('finds the ids that begin as asked, and no other')],
    Store: heedless('idPrefix'),
  },
  {
    defect: 'lists attempts however young',
    caughtBy: [
      list('finds attempts that began so long ago, uncertain ones too, and nothing that is finished'),
    ],
    Store: heedless('runningFor'),
  },
  {
    defect: 'lists ids that begin as asked or much like it',
    caughtBy: [list('finds the ids that begin as asked, and no other')],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        const same = id.toLowerCase().startsWith(query.idPrefix?.toLowerCase() ?? '');
        return same ? super.matches(id, { ...query, idPrefix: id }) : [];
      }
    },
  },
  {
    defect: 'lists no tombstones',
    caughtBy: [
      list('finds records of every state, and tells of each what look does'),
      list('finds the states asked for, and no other'),
    ],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        return super.matches(id, query).filter(({ state }) => state !== 'expired');
      }
    },
  },
  {
    defect: 'lists records without their times',
    caughtBy: [list('tells of time what look does')],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        return super.matches(id, query).map((entry) => ({ ...entry, endsIn: 1 }));
      }
    },
  },
  {
    defect: 'lists responses',
    caughtBy: [list('gives no response')],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        const response = this.read(id)?.response;
        return super.matches(id, query).map((entry) => (response ? { ...entry, response } : entry));
      }
    },
  },
  {
    defect: 'lists what is over',
    caughtBy: [list('does not find what is gone')],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        const row = this.storage.rows.get(id);
        if (!row || !query.scopes?.includes(row.scope)) return super.matches(id, query);
        return [this.entry(row)];
      }
    },
  },
  {
    defect: 'prolongs what it lists',
    caughtBy: [list('changes nothing: neither a lease nor a response ends later')],
    Store: class extends ReferenceStore {
      protected override matches(id: string, query: RecordQuery): RecordEntry[] {
        const row = this.read(id);
        if (row) row.leaseEnds = row.ends = row.responseEnds = this.after(100_000);
        return super.matches(id, query);
      }
    },
  },
  {
    defect: 'has one page only',
    caughtBy: ['list, in pages: finds every record, however small the page'],
    Store: class extends ReferenceStore {
      override async list(query: RecordQuery): Promise<RecordPage> {
        return { records: (await super.list(query)).records };
      }
    },
  },
  {
    defect: 'puts one record too many on a page',
    caughtBy: ['list, in pages: finds every record, however small the page'],
    Store: class extends ReferenceStore {
      protected override pageSize(query: RecordQuery): number {
        return query.limit + 1;
      }
    },
  },
  {
    defect: 'remembers in its own process where a page ends',
    caughtBy: ['list, in pages: goes on where another process stopped'],
    Store: class extends ReferenceStore {
      private last: string | undefined;
      override async list({ cursor, ...query }: RecordQuery): Promise<RecordPage> {
        const { records, next } = await super.list(cursor ? { ...query, cursor: this.last ?? '~' } : query);
        this.last = next;
        return next === undefined ? { records } : { records, next: 'more' };
      }
    },
  },
  {
    defect: 'counts the records before a page',
    caughtBy: ['list, in pages: finds every record that is there all the time, though others come and go'],
    Store: class extends ReferenceStore {
      override async list({ cursor, ...query }: RecordQuery): Promise<RecordPage> {
        const from = Number(cursor ?? 0);
        const { records } = await super.list({ ...query, limit: Infinity });
        const to = from + query.limit;
        const page = { records: records.slice(from, to) };
        return to < records.length ? { ...page, next: String(to) } : page;
      }
    },
  },
];
