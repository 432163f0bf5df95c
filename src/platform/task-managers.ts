/**
 * Who owns a cluster's TaskManagers, as far as a rescale has to know: how many there are to be. Whether they have come,
 * Flink tells.
 */
export interface TaskManagers {
  /**
   * How many are to run, as was asked for last, whoever asked.
   *
   * @throws PlatformUnavailable
   * @throws PlatformRefused
   */
  wanted(signal?: AbortSignal): Promise<number>;

  /**
   * So many are to run from now on; returns once the platform has taken note. Any number of calls with the same count come
   * to one. Those that are too many are asked to end, so that Flink hears of it at once and not by a heartbeat that stays away.
   *
   * @throws PlatformUnavailable it may have been taken all the same
   * @throws PlatformRefused
   */
  scale(count: number): Promise<void>;
}

/** The platform does not answer, or not yet: the same call is made again. */
export class PlatformUnavailable extends Error {
  override readonly name = 'PlatformUnavailable';
}

/** It has answered, and will not: what is wrong has to be mended first. The message says where. */
export class PlatformRefused extends Error {
  override readonly name = 'PlatformRefused';
}
