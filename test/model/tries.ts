import type { Tries } from './state';

export function afterFailure({ failures, next }: Tries): Tries {
  return { failures: failures + 1, next: next + 1, open: 'NO' };
}

/** The next one may have been sent. */
export function maybeSent(tries: Tries): Tries {
  return tries.open === 'NO' ? { ...tries, open: 'SENT' } : tries;
}

/** What an attempt says that hears an abort: of what was sent before it the workflow was told. */
export function heard(tries: Tries): Tries {
  return tries.open === 'SENT' ? { ...tries, open: 'NO' } : tries;
}

export function furthest(told: Tries, last: Tries): Tries {
  const isFurther = told.next > last.next || (told.next === last.next && told.open !== 'NO');
  return isFurther ? told : last;
}
