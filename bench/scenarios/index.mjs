// What is not a request in a row of others. Each has a `name` for `--only`, `run(context)`, which gives what goes into
// dist/bench.json, `report(result)`, its Markdown, and `goals(result)`; `slow` ones are left out of a quick run.
export const SCENARIOS = [];
