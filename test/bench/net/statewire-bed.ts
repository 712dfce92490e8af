/** `statewire serve` as it is built, with the kernel's TCP as its client. */

import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Lines } from '../../support/lines.ts';
import { CLI } from '../../support/serve.ts';
import {
  type Bed,
  CLIENT_ADDRESS,
  clientNamespace,
  DEVICE,
  interrupt,
  PORT,
  SERVER_ADDRESS,
  setQueue,
  type TunBed,
} from './bed.ts';
import type { Answer, Question } from './observer-protocol.ts';

const OBSERVER = fileURLToPath(new URL('./observer.mjs', import.meta.url));

export interface StatewireBed extends TunBed {
  /** Asks the observer inside the process: see `observer.mjs`. */
  ask<Q extends Question>(question: Q): Promise<Answer<Q>>;
}

export function isStatewire(bed: Bed): bed is StatewireBed {
  return 'ask' in bed;
}

/** @param flags what `serve` is given besides device, addresses and services; they are in the subject's name, too */
export async function statewireBed(flags: readonly string[] = []): Promise<StatewireBed> {
  const client = await clientNamespace();
  const services = Object.entries(PORT).flatMap(([name, port]) => [`--${name}`, String(port)]);
  const device = ['--tun', DEVICE, '--kernel', `${CLIENT_ADDRESS}/24`, '--address', SERVER_ADDRESS];
  const args = ['--expose-gc', '--import', OBSERVER, CLI, 'serve', ...device, ...services, ...flags];
  const child = client.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  child.stderr!.on('data', (text) => {
    said += text;
  });
  await new Lines(child.stdout!)
    .next((line) => line === 'ready')
    .catch((error) => {
      throw new Error(`statewire serve ${flags.join(' ')} is not ready: ${said}`, { cause: error });
    });
  return {
    subject: ['statewire', ...flags].join(' '),
    client,
    queue: (packets) => setQueue(client, packets),
    ask: (question) => ask(child, question),
    dispose: async () => {
      await interrupt(child);
      await client.dispose();
    },
  };
}

const ANSWER_MS = 60_000;

function ask<Q extends Question>(child: ChildProcess, question: Q): Promise<Answer<Q>> {
  return new Promise((resolve, reject) => {
    const over = (error?: Error): void => {
      clearTimeout(timer);
      child.off('message', answered);
      child.off('close', ended);
      if (error) reject(error);
    };
    const answered = (answer: unknown): void => {
      over();
      resolve(answer as Answer<Q>);
    };
    const ended = (): void => over(new Error(`statewire serve ended before it answered ${question.ask}`));
    const timer = setTimeout(() => over(new Error(`no answer to ${question.ask}`)), ANSWER_MS);
    child.once('message', answered);
    child.once('close', ended);
    child.send(question);
  });
}
