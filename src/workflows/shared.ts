/**
 * What the workflows of a worker share: zod, evaluated once and then frozen, instead of anew for each, of whose memory it
 * was the greatest part (docs/operate.md, Worker). Their schemas are their own: one writes into itself when it first parses.
 */
import { z } from 'zod';

// zod keeps its defaults, and whether it may compile, from the first use on: later it could not, being frozen
z.strictObject({}).parse({});
