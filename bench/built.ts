import type { Service } from '../src/dev/service';

/** Throws if this worker had to bundle the workflows when it started: that takes time, and memory that it never gives back. */
export function requireBuilt(worker: Service): void {
  if (worker.current.output().includes('is made now'))
    throw new Error('no bundle of this code: npm run build');
}
