import { didYouMean, type Advice } from '../errors/unknown-names.js';

/** Whose options are looked at. */
export type OptionsKind = 'module' | 'route' | 'run';

/** Names that other libraries have for our options, in lower case. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  cachettlms: ['ttl'],
  cachettl: ['ttl'],
  expires: ['ttl'],
  expiresin: ['ttl'],
  storage: ['store'],
  storageadapter: ['store'],
  idempotencykey: ['header'],
  idempotencykeyextractor: ['key'],
  enforceidempotency: ['required'],
  timeout: ['lease', 'wait'],
};

const PLACES: Readonly<Record<OptionsKind, string>> = {
  module: 'an option of the module: set it in IdempotencyModule.forRoot().',
  route: 'an option of a route: set it in @Idempotent().',
  run: 'an option of IdempotencyService.run().',
};

/** Advice about a name that is no option of this `kind`: one of elsewhere, or one from another library. */
export function adviceFor(kind: OptionsKind, namesOf: (kind: OptionsKind) => readonly string[]): Advice {
  const placeOf = (name: string): string | undefined => {
    const place = (['module', 'route', 'run'] as const).find((other) => namesOf(other).includes(name));
    return place && PLACES[place];
  };
  return (name) => {
    const place = placeOf(name);
    if (place) return `it is ${place}`;
    const meant = Object.hasOwn(ELSEWHERE, name.toLowerCase()) ? ELSEWHERE[name.toLowerCase()]! : [];
    const here = didYouMean(meant.filter((one) => namesOf(kind).includes(one)));
    if (here || meant.length === 0) return here;
    return `did you mean "${meant[0]}"? It is ${placeOf(meant[0]!)}`;
  };
}
