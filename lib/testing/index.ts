export { describeStoreConformance } from './conformance/describe-store-conformance.js';
export type { ConformanceOptions, ConformanceRunner } from './conformance/conformance-options.js';
export { FakeClock } from './fake-clock.js';
export { FaultyStore } from './faulty-store.js';
export type { Fault, FaultyOperation } from './faulty-store.js';
export { setFaultPoints } from './fault-points.js';
export type { FaultPoint, FaultProbe, FaultSite } from '../engine/fault-points.js';
