/** The worker cannot start. The message says what is wrong, what to check, and one command to run next. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
