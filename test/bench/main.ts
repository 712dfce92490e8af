/**
 * `npm run bench`: figures of this build on this machine. `--json` prints them as JSON. With `--page [SECONDS]` they are those
 * of the inspector's page in a browser; it has to be built.
 */

import { segmentsThroughOneActor } from './actor.ts';
import { costOfInspection } from './inspector.ts';
import { type Measured, table } from './measure.ts';
import { pageUnderLoad } from './page.ts';
import { bulkInMemory, connectionsInMemory, heapPerIdleConnection } from './stacks.ts';

const rows = await measured();

if (process.argv.includes('--json'))
  console.log(JSON.stringify({ node: process.version, rows }, undefined, 2));
else
  console.log(
    `statewire on Node ${process.version}, ${process.platform} ${process.arch}; medians of five runs\n\n${table(rows)}`,
  );

async function measured(): Promise<Measured[]> {
  const place = process.argv.indexOf('--page');
  if (place >= 0) return pageUnderLoad(Number(process.argv[place + 1] ?? 60));
  return [
    ...(await segmentsThroughOneActor()),
    await bulkInMemory(),
    await connectionsInMemory(),
    await heapPerIdleConnection(),
    ...(await costOfInspection()),
  ];
}
