import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { openSqlite, type SqliteDatabase } from './open-sqlite.js';
import { ShopFile } from './shop-file.js';

/** The shop's file, if it has one. Who opens it closes it: here. */
@Injectable()
export class SqliteConnection implements OnApplicationShutdown {
  private constructor(
    /** The shop's tables. */
    readonly shop?: ShopFile,
    /** A handle on the same file for the library: its statements must not be part of a transaction of the shop. */
    readonly idempotency?: SqliteDatabase,
    private readonly handles: readonly SqliteDatabase[] = [],
  ) {}

  /** Opens `shop.db` in a directory, which is made if need be; nothing without one. */
  static async open(directory: string | undefined): Promise<SqliteConnection> {
    if (!directory) return new SqliteConnection();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'shop.db');
    const [shop, idempotency] = [await openSqlite(path), await openSqlite(path)];
    return new SqliteConnection(new ShopFile(shop), idempotency, [shop, idempotency]);
  }

  /** The last hook: requests in flight are answered and recorded by now. */
  onApplicationShutdown(): void {
    for (const handle of this.handles) handle.close();
  }
}
