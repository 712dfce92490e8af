import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import type { CallCommand, Command, DropWhat, InjectCommand } from '../../../src/inspect/protocol.ts';
import type { Impairments } from '../../../src/net/impairment-values.ts';
import { ask, model, selected, session, ticks } from '../app/state.ts';
import { seconds } from '../ui/format.ts';
import { cliWords } from './cli.ts';
import { commandWords } from './words.ts';
import './faults.css';

type Direction = 'in' | 'out';

const FIELDS: readonly {
  readonly name: NumberField;
  readonly title: string;
  readonly unit: string;
  readonly max?: number;
}[] = [
  { name: 'loss', title: 'Loss', unit: '%', max: 100 },
  { name: 'delayMs', title: 'Delay', unit: 'ms' },
  { name: 'jitterMs', title: 'Jitter', unit: 'ms' },
  { name: 'reorder', title: 'Reorder', unit: '%', max: 100 },
  { name: 'duplicate', title: 'Duplicate', unit: '%', max: 100 },
  { name: 'corrupt', title: 'Corrupt', unit: '%', max: 100 },
  { name: 'rate', title: 'Rate', unit: 'bit/s' },
];
type NumberField = 'loss' | 'delayMs' | 'jitterMs' | 'reorder' | 'duplicate' | 'corrupt' | 'rate';
/** Of a command line that has a long text in it, so much is shown. */
const LONGEST = 160;
const DROPS: readonly DropWhat[] = ['data', 'ACK', 'SYN', 'FIN', 'RST', 'any'];

export function FaultsView() {
  const hosts = () => model().hello?.hosts ?? [];
  const [chosen, setChosen] = createSignal<string>();
  const host = () => chosen() ?? selected()?.host ?? hosts()[0]?.name;
  const can = () => model().hello?.can;
  return (
    <div class="scroll padded">
      <Show when={session()} fallback={<p class="empty">Nothing is watched: there is nothing to break.</p>}>
        <div class="faults">
          <div class="faults-controls">
            <Show
              when={session()?.kind !== 'record'}
              fallback={
                <p class="muted">
                  A saved run has been: nothing can be done to it any more. What was done is below.
                </p>
              }
            >
              <div class="faults-host">
                <For each={hosts()}>
                  {(view) => (
                    <button
                      type="button"
                      aria-pressed={host() === view.name}
                      onClick={() => setChosen(view.name)}
                    >
                      {view.name}
                    </button>
                  )}
                </For>
                <span class="muted">The link of this host; "out" is what it sends.</span>
              </div>
              <Show
                when={can()?.faults}
                fallback={<p class="muted">This stack's device was not made to be broken.</p>}
              >
                <div class="fault-columns">
                  <For each={['out', 'in'] as const}>
                    {(direction) => <DirectionForm host={host() ?? ''} direction={direction} />}
                  </For>
                </div>
                <NextDrops host={host() ?? ''} />
                <Blackhole host={host() ?? ''} />
              </Show>
              <Calls />
            </Show>
          </div>
          <Log />
        </div>
      </Show>
    </div>
  );
}

function DirectionForm(props: { readonly host: string; readonly direction: Direction }) {
  const current = (): Impairments => model().faults.get(props.host)?.[props.direction] ?? {};
  const [draft, setDraft] = createSignal<Impairments>();
  const value = (): Impairments => draft() ?? current();
  const command = (): Command => ({
    command: 'faults',
    host: props.host,
    direction: props.direction,
    impairments: value(),
  });
  const set = (name: NumberField, text: string): void => {
    const { [name]: _, ...rest } = value();
    setDraft(text === '' || Number(text) === 0 ? rest : { ...rest, [name]: Number(text) });
  };
  const setBurst = (part: 'p' | 'r', text: string): void => {
    const { burst, ...rest } = value();
    const next = { p: burst?.p ?? 0, r: burst?.r ?? 50, [part]: Number(text) };
    setDraft(next.p > 0 ? { ...rest, burst: next } : rest);
  };
  return (
    <form
      class="fault-form"
      data-direction={props.direction}
      onSubmit={(event) => {
        event.preventDefault();
        void ask(command()).then((ok) => ok && setDraft(undefined));
      }}
    >
      <h3>{props.direction === 'out' ? `From ${props.host}` : `To ${props.host}`}</h3>
      <div class="fault-fields">
        <For each={FIELDS}>
          {(field) => (
            <label>
              <span>{field.title}</span>
              <input
                type="number"
                min="0"
                max={field.max}
                step="any"
                name={field.name}
                value={value()[field.name] ?? ''}
                placeholder="0"
                onInput={(event) => set(field.name, event.currentTarget.value)}
              />
              <span class="muted">{field.unit}</span>
            </label>
          )}
        </For>
        <label>
          <span>Bursts</span>
          <span class="burst">
            <input
              type="number"
              min="0"
              max="100"
              step="any"
              name="burst-p"
              title="Of the frames that meet a good link, so many percent make it a bad one, which loses all"
              value={value().burst?.p ?? ''}
              placeholder="0"
              onInput={(event) => setBurst('p', event.currentTarget.value)}
            />
            <input
              type="number"
              min="0"
              max="100"
              step="any"
              name="burst-r"
              title="Of the frames that meet a bad link, so many percent make it a good one again"
              value={value().burst?.r ?? ''}
              placeholder="50"
              onInput={(event) => setBurst('r', event.currentTarget.value)}
            />
          </span>
          <span class="muted">%</span>
        </label>
      </div>
      <div class="buttons">
        <button type="submit" class="primary">
          Apply
        </button>
        <Do
          command={{ command: 'faults', host: props.host, direction: props.direction, impairments: {} }}
          onDone={() => setDraft(undefined)}
        >
          Heal
        </Do>
        <Show when={Object.keys(value()).length > 0}>
          <code class="cli">{cliWords(command())}</code>
        </Show>
      </div>
    </form>
  );
}

function NextDrops(props: { readonly host: string }) {
  const pending = () => model().faults.get(props.host)?.drops ?? [];
  return (
    <section aria-label="Lose the next">
      <h3>Lose the next …</h3>
      <For each={['out', 'in'] as const}>
        {(direction) => (
          <div class="buttons">
            <span class="direction">{direction === 'out' ? `from ${props.host}` : `to ${props.host}`}</span>
            <For each={DROPS}>
              {(what) => (
                <Do
                  command={{ command: 'drop-next', host: props.host, direction, what }}
                  name={`${direction} ${what}`}
                >
                  {what === 'any' ? 'segment' : what}
                </Do>
              )}
            </For>
          </div>
        )}
      </For>
      <Show when={pending().length > 0}>
        <p class="pending">
          Waiting:{' '}
          {pending()
            .map(
              ({ direction, what, left }) =>
                `${left} × ${what} ${direction === 'out' ? 'from' : 'to'} ${props.host}`,
            )
            .join(', ')}
        </p>
      </Show>
    </section>
  );
}

function Blackhole(props: { readonly host: string }) {
  const [length, setLength] = createSignal(5);
  const until = () => model().faults.get(props.host)?.blackholeUntilMs ?? null;
  return (
    <section aria-label="Blackhole">
      <h3>Blackhole</h3>
      <div class="buttons">
        <span>Nothing passes for</span>
        <input
          type="number"
          min="0.1"
          step="any"
          value={length()}
          onInput={(event) => setLength(Number(event.currentTarget.value))}
          aria-label="Seconds"
        />
        <span>s</span>
        <Do id="blackhole" command={{ command: 'blackhole', host: props.host, durationMs: length() * 1_000 }}>
          Begin
        </Do>
        <Show when={until() !== null}>
          <span class="pending">until {seconds(until()!)}</span>
          <Do command={{ command: 'blackhole', host: props.host, durationMs: 0 }}>End it</Do>
        </Show>
      </div>
    </section>
  );
}

function Calls() {
  const [text, setText] = createSignal('hello\n');
  const connection = () => {
    const current = selected();
    return current?.endedMs === null ? current : undefined;
  };
  const call = (what: CallCommand['call']): Command | undefined => {
    const name = connection()?.name;
    if (name === undefined) return undefined;
    return {
      command: 'call',
      connection: name,
      call: what,
      ...(what === 'send' ? { text: text() } : {}),
    };
  };
  const inject = (what: InjectCommand['what']): Command | undefined => {
    const name = connection()?.name;
    return name === undefined ? undefined : { command: 'inject', connection: name, what };
  };
  return (
    <section aria-label="This connection">
      <h3>
        To the connection that is shown <span class="muted note">{selected()?.name ?? 'none'}</span>
      </h3>
      <div class="buttons">
        <input
          type="text"
          value={text()}
          onInput={(event) => setText(event.currentTarget.value)}
          aria-label="Text to send"
        />
        <Do command={call('send')}>SEND</Do>
        <Do command={call('shutdown')}>CLOSE, our direction</Do>
        <Do command={call('close')}>CLOSE, both</Do>
        <Do command={call('abort')}>ABORT</Do>
        <Show when={model().hello?.can.inject}>
          <Do id="inject-rst" command={inject('RST')}>
            Inject a RST
          </Do>
          <Do id="inject-old" command={inject('old-duplicate')}>
            Inject an old duplicate
          </Do>
        </Show>
      </div>
    </section>
  );
}

interface DoProps {
  /** Undefined where there is nothing to do it to. */
  readonly command: Command | undefined;
  readonly id?: string;
  /** For `data-drop`. */
  readonly name?: string;
  readonly onDone?: () => void;
  readonly children: JSX.Element;
}

/** A button that does something to the run, and names the command line that does the same. */
function Do(props: DoProps) {
  const press = async (): Promise<void> => {
    if (props.command && (await ask(props.command))) props.onDone?.();
  };
  return (
    <button
      type="button"
      id={props.id}
      data-drop={props.name}
      disabled={!props.command}
      title={props.command && cliWords(props.command)}
      onClick={() => void press()}
    >
      {props.children}
    </button>
  );
}

/** What was done to the run, by whatever viewer. */
function Log() {
  const entries = createMemo(() => {
    ticks();
    const timeline = session()?.timeline;
    if (!timeline) return [];
    const found: {
      readonly order: number;
      readonly timeMs: number;
      readonly command: Command;
      readonly cli: string | null;
    }[] = [];
    let order = model().order;
    while (found.length < 40) {
      const envelope = timeline.find(order, 'up to', ({ kind }) => kind === 'command');
      if (envelope?.kind !== 'command') break;
      order = envelope.order - 1;
      if (!['play', 'step', 'pause', 'resume', 'ack'].includes(envelope.command.command))
        found.push(envelope);
      if (order < timeline.firstOrder) break;
    }
    return found;
  });
  return (
    <section aria-label="Done so far">
      <h3>
        Done so far <span class="muted note">and what does the same on the command line</span>
      </h3>
      <ul class="fault-log">
        <For each={entries()} fallback={<li class="muted">Nothing yet.</li>}>
          {(entry) => (
            <li>
              <span class="mono muted">{seconds(entry.timeMs)}</span> {commandWords(entry.command)}
              <Show when={entry.cli}>
                {(cli) => (
                  <code
                    class="cli"
                    title={cli().length > LONGEST ? 'In a saved run it stands whole' : undefined}
                  >
                    {cli().length > LONGEST ? `${cli().slice(0, LONGEST)}…` : cli()}
                  </code>
                )}
              </Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
