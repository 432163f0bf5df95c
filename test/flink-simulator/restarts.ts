/** How often a job is started again after a failure, by its restart strategy in Flink's words; without one, for ever. */
export function restartsAllowed(strategy: string | undefined): number {
  const attempts = /#(\d+) restart attempts/.exec(strategy ?? '')?.[1];
  return attempts === undefined ? Infinity : Number(attempts);
}

/** The strategy that a submission's configuration asks for, in Flink's words; only the bounded one is known here. */
export function strategyOf(configuration: Readonly<Record<string, string>>): string | undefined {
  const type = configuration['restart-strategy.type'] ?? configuration['restart-strategy'];
  if (type !== 'fixed-delay') return undefined;
  const attempts = configuration['restart-strategy.fixed-delay.attempts'] ?? '1';
  return `Restart with fixed delay (PT1S). #${attempts} restart attempts.`;
}
