import { protocol } from './protocol';
import { asText, search } from './search';
import { guardNames } from './state';
import { named, violations } from './worlds';

/** `node -r ./test/kit/ts-hook.js test/model/print.ts`: the states of each world, and what each guard keeps away. */
for (const [name, world] of Object.entries(named)) {
  const { states, steps } = search(protocol(world));
  console.log(`${name}: ${states} states, ${steps} steps`);
}
for (const without of guardNames) {
  const found = search(protocol({ ...named[violations[without].world], without }));
  console.log(`\nwithout ${without}: ${asText(found)}`);
}
