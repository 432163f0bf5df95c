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

  /** How those that nobody needs are ended; absent: which one Flink knows by which id is not known. */
  readonly retirement?: Retirement | undefined;
}

/** Ends TaskManagers one by one, each known by the id that Flink has for it (`taskmanager.resource-id`). */
export interface Retirement {
  /** Which of those that are idle can go while `wanted` are to run: at most `most`. A StatefulSet lets only its last ones go. */
  choose(
    idle: readonly string[],
    among: { readonly wanted: number; readonly most: number },
  ): readonly string[];

  /**
   * So many fewer than `wanted` are to run from now on, without these; returns once the platform has taken note.
   *
   * @throws PlatformUnavailable it may have been taken all the same; or another number is wanted by now, and nothing was done
   * @throws PlatformRefused
   */
  end(ids: readonly string[], wanted: number): Promise<void>;
}

/** The id of number `n`, as `resourceId` of weir.yaml says: `tm-{n}`. */
export function idOf(resourceId: string, n: number): string {
  return resourceId.replaceAll('{n}', String(n));
}

/** The platform does not answer, or not yet: the same call is made again. */
export class PlatformUnavailable extends Error {
  override readonly name = 'PlatformUnavailable';
}

/** It has answered, and will not: what is wrong has to be mended first. The message says where. */
export class PlatformRefused extends Error {
  override readonly name = 'PlatformRefused';
}
