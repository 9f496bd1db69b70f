// One candidate on one platform, in a process of its own: `node main.mjs <json>`; see start-server.mjs for what is in it.
import 'reflect-metadata';
import { register } from 'node:module';

const spec = JSON.parse(process.argv[2]);
register('./resolve.mjs', import.meta.url, { data: spec });
// Imported only now, because what Nest and the library are depends on the candidate.
const { serve } = await import('./serve.mjs');
await serve(spec);
