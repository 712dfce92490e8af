import { Argument, Command, Option } from 'commander';
import { WebSocket } from 'ws';
import type {
  CallCommand,
  ConnectionView,
  DropWhat,
  InjectCommand,
  Command as InspectorCommand,
  ServerMessage,
  StepKind,
} from '../inspect/index.ts';
import { INSPECTOR_PORT } from '../node/inspector-server.ts';
import { EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { addImpairments, chosenImpairments } from './impairment-options.ts';
import { parseDecimal, parseWhole } from './parsers.ts';

interface TellFlags {
  readonly url: string;
  readonly host?: string;
}

/** Does it to the run whose inspector is at `url`. Rejects with a {@link Failure} where that is refused. */
export type Telling = (url: string, command: InspectorCommand) => Promise<void>;

const DEFAULT_URL = `http://127.0.0.1:${INSPECTOR_PORT}/`;
/** A server that does not answer within this is taken not to. */
const PATIENCE_MS = 10_000;
const MOST_SECONDS = 86_400;

const EXAMPLES = `Examples:
  What the inspector's page does by buttons, to a stack that was started with --inspect
    statewire tell connections
    statewire tell lose data out
    statewire tell blackhole 5
    statewire tell faults --loss-in 10 --delay-in 50
`;

/** `statewire tell`: what a viewer can do to a run, from the command line. `telling` is for tests. */
export function tellCommand(telling: Telling = tell): Command {
  const parent = new Command('tell')
    .summary('do something to a run that is watched')
    .description(
      'Break, steer or ask a run that was started with --inspect: the same as the buttons of its page, which name these commands.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .option('--url <URL>', "the inspector's address", DEFAULT_URL)
    .option('--host <NAME>', 'of a run of several hosts, the one whose link it is (default: the first)');
  const add = (name: string, what: string, ...words: readonly Argument[]): Command => {
    const command = parent.command(name).description(what).addHelpText('after', EXIT_CODES_HELP);
    for (const word of words) command.addArgument(word);
    return command;
  };
  const send = (command: InspectorCommand): Promise<void> => telling(parent.opts<TellFlags>().url, command);
  const host = (): { readonly host?: string } => {
    const { host: name } = parent.opts<TellFlags>();
    return name === undefined ? {} : { host: name };
  };
  const direction = () => new Argument('<direction>', 'as seen from the stack').choices(['in', 'out']);
  const connection = () => new Argument('<connection>', 'its name, as `tell connections` prints it');

  add('connections', 'print the names of the connections, their hosts and their states').action(async () => {
    for (const { connection: name, host: of, tcb } of await connectionsOf(parent.opts<TellFlags>().url)) {
      process.stdout.write(`${name}\t${of}\t${tcb.state}\n`);
    }
  });
  add('pause', 'stop the run').action(() => send({ command: 'pause' }));
  add('resume', 'let it go on').action(() => send({ command: 'resume' }));
  add(
    'step',
    'go on by so little, while the run is paused',
    new Argument('[what]').choices(['event', 'frame', 'timer']).default('event'),
  ).action((what: StepKind) => send({ command: 'step', what, ...host() }));
  add(
    'play',
    'virtual runs: so much virtual time in a unit of real time',
    new Argument('<speed>').argParser(parseDecimal(0.01, 100)),
  ).action((speed: number) => send({ command: 'play', speed }));

  addImpairments(add('faults', 'break the link from now on, in one direction or in both')).action(
    async (flags: Readonly<Record<string, unknown>>) => {
      const chosen = chosenImpairments(flags);
      if (!chosen) throw new UsageError('tell faults: give an impairment, such as --loss-out 5.');
      for (const way of ['in', 'out'] as const) {
        const impairments = chosen[way];
        if (Object.keys(impairments).length > 0)
          await send({ command: 'faults', direction: way, impairments, ...host() });
      }
    },
  );
  add('heal', 'end the impairments of a direction', direction()).action((way: Direction) =>
    send({ command: 'faults', direction: way, impairments: {}, ...host() }),
  );
  add(
    'lose',
    'lose the next frame of a kind',
    new Argument('<what>').choices(['any', 'data', 'ACK', 'SYN', 'FIN', 'RST']),
    direction(),
  )
    .addOption(new Option('--count <N>', 'so many of them').argParser(parseWhole(1, 1_000_000)))
    .option('--of <CONNECTION>', 'of this connection alone')
    .action((what: DropWhat, way: Direction, { count, of }: LoseFlags) =>
      send({
        command: 'drop-next',
        direction: way,
        what,
        ...(count === undefined ? {} : { count }),
        ...(of === undefined ? {} : { connection: of }),
        ...host(),
      }),
    );
  add(
    'blackhole',
    'let nothing pass for so many seconds; 0 ends it',
    new Argument('<seconds>').argParser(parseDecimal(0, MOST_SECONDS)),
  ).action((seconds: number) =>
    send({ command: 'blackhole', durationMs: Math.round(seconds * 1_000), ...host() }),
  );
  add(
    'inject',
    'hand the stack a segment as if the peer had sent it',
    new Argument('<what>').choices(['RST', 'old-duplicate']),
    connection(),
  ).action((what: InjectCommand['what'], name: string) =>
    send({ command: 'inject', connection: name, what }),
  );

  for (const call of ['close', 'shutdown', 'abort'] as const) {
    add(call, `${CALLS[call]} of the connection`, connection()).action((name: string) =>
      send({ command: 'call', connection: name, call }),
    );
  }
  add('send', 'SEND of text', connection(), new Argument('<text>', 'goes out as UTF-8')).action(
    (name: string, text: string) => send({ command: 'call', connection: name, call: 'send', text }),
  );
  return parent;
}

type Direction = 'in' | 'out';

interface LoseFlags {
  readonly count?: number;
  readonly of?: string;
}

const CALLS: Readonly<Record<Exclude<CallCommand['call'], 'send'>, string>> = {
  close: 'CLOSE, both directions,',
  shutdown: 'CLOSE, our direction alone,',
  abort: 'ABORT',
};

async function tell(url: string, command: InspectorCommand): Promise<void> {
  await ask(url, (message, socket) => {
    if (!('reply' in message)) {
      // The first thing that is told: from now on somebody listens.
      if (message.batch === 1) socket.send(JSON.stringify({ ...command, id: 1 }));
      return undefined;
    }
    if (!message.ok) throw new Failure(message.error ?? 'the command was refused');
    return true;
  });
}

function connectionsOf(url: string): Promise<readonly ConnectionView[]> {
  return ask(url, (message) =>
    'reply' in message
      ? undefined
      : message.envelopes.flatMap((envelope) => (envelope.kind === 'snapshot' ? [envelope] : []))[0]
          ?.connections,
  );
}

/** Attaches, and hands over each message until one of them is answered with something. */
function ask<T>(
  url: string,
  heard: (message: ServerMessage, socket: WebSocket) => T | undefined,
): Promise<T> {
  const address = socketAddress(url);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    const timer = setTimeout(() => fail(`${url} does not answer`), PATIENCE_MS);
    const over = (): void => {
      clearTimeout(timer);
      socket.close();
    };
    const fail = (why: string): void => {
      over();
      reject(new Failure(why));
    };
    socket.on('message', (data) => {
      try {
        const answer = heard(JSON.parse(String(data)) as ServerMessage, socket);
        if (answer === undefined) return;
        over();
        resolve(answer);
      } catch (error) {
        over();
        reject(error);
      }
    });
    socket.on('error', (error) => fail(`no inspector answers at ${url}: ${error.message}`));
    socket.on('close', () => fail(`${url} has closed the connection`));
  });
}

function socketAddress(url: string): URL {
  if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL.`);
  const address = new URL('ws', url);
  // A token is in the page's own address.
  address.search = new URL(url).search;
  if (address.protocol !== 'http:' && address.protocol !== 'https:')
    throw new UsageError(`--url ${url} is no http: address.`);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address;
}
