/** The React hook for the timelines of the workspace. */
import { declareService } from '../workspace/service';
import type { Timelines } from './timelines';

export const [TimelinesContext, useTimelines] = declareService<Timelines>('useTimelines');
