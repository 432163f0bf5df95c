import { holdsOn } from '../kit/versions';

/** The long-term support release of Flink 1. */
holdsOn('1.20.5');
