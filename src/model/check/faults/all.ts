import { CHART_FAULTS } from './charts.ts';
import type { SeededFault } from './fault.ts';
import { PROTOCOL_FAULTS } from './protocol.ts';

/** Faults of the charts and of the protocol functions that the checker is held to find. */
export const SEEDED_FAULTS: readonly SeededFault[] = [...CHART_FAULTS, ...PROTOCOL_FAULTS];
