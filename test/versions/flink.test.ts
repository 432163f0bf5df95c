import { FLINK_OTHER_VERSIONS } from '../../src/dev/versions';
import { holdsOn } from '../kit/versions';

describe.each(FLINK_OTHER_VERSIONS)('Flink %s', holdsOn);
