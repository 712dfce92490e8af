/** `npm run bench`: figures of this build on this machine. `--json` prints them as JSON. */

import { segmentsThroughOneActor } from './actor.ts';
import { costOfInspection } from './inspector.ts';
import { table } from './measure.ts';
import { bulkInMemory, connectionsInMemory, heapPerIdleConnection } from './stacks.ts';

const rows = [
  ...(await segmentsThroughOneActor()),
  await bulkInMemory(),
  await connectionsInMemory(),
  await heapPerIdleConnection(),
  ...(await costOfInspection()),
];

if (process.argv.includes('--json'))
  console.log(JSON.stringify({ node: process.version, rows }, undefined, 2));
else
  console.log(
    `statewire on Node ${process.version}, ${process.platform} ${process.arch}; medians of five runs\n\n${table(rows)}`,
  );
