export {
  CacheManagerStore,
  type CacheManager,
  type CacheManagerStoreOptions,
} from './cache-manager-store.js';
