/** What a visitor of the sandbox can do to it: calls of its two users, and segments that get lost. */

import { createMemo, createSignal } from 'solid-js';
import type { DropWhat } from '../../../src/inspect/protocol.ts';
import { ask, model, selected, session, setNotice } from '../app/state.ts';
import type { Connection } from '../store/model.ts';
import { stateOf } from '../store/model.ts';
import { PageRun } from './page-run.ts';
import { Sandbox } from './sandbox.ts';
import './scenes.css';

/** The sandbox that is shown, if it is one. */
export function sandboxRun(): PageRun<Sandbox> | undefined {
  const current = session();
  return current instanceof PageRun && current.world instanceof Sandbox
    ? (current as PageRun<Sandbox>)
    : undefined;
}

export function SandboxBar() {
  const [reading, setReading] = createSignal(true);
  const act = async (action: string): Promise<void> => {
    const answer = await sandboxRun()?.act(action);
    if (answer && !answer.ok) setNotice({ text: answer.error ?? 'that was refused', bad: true });
  };
  /** Both ends of the conversation that is shown. */
  const ends = createMemo(() => {
    const shown = selected();
    const found: Record<'A' | 'B', Connection | undefined> = { A: undefined, B: undefined };
    if (!shown) return found;
    for (const connection of model().connections.values()) {
      const { view } = connection;
      const isSame =
        (view.localPort === shown.view.localPort && view.remotePort === shown.view.remotePort) ||
        (view.localPort === shown.view.remotePort && view.remotePort === shown.view.localPort);
      if (isSame && (connection.host === 'A' || connection.host === 'B')) found[connection.host] = connection;
    }
    return found;
  });
  return (
    <section class="sandbox-bar" aria-label="Sandbox">
      <fieldset>
        <legend>A</legend>
        <button type="button" class="primary" id="sandbox-connect" onClick={() => void act('connect')}>
          connect
        </button>
        <button
          type="button"
          onClick={() => void act('simultaneous-open')}
          title="A and B open to each other at the same moment"
        >
          both open
        </button>
        <Calls connection={ends().A} host="A" />
        <LoseNext host="A" />
      </fieldset>
      <fieldset>
        <legend>B</legend>
        <Calls connection={ends().B} host="B" />
        <button
          type="button"
          aria-pressed={!reading()}
          onClick={() => {
            void act(reading() ? 'B stops reading' : 'B reads on');
            setReading((before) => !before);
          }}
          title="B's program hangs: what it does not read closes the window, what it does not accept fills the backlog"
        >
          {reading() ? 'stop reading' : 'read on'}
        </button>
        <LoseNext host="B" />
      </fieldset>
    </section>
  );
}

function Calls(props: { readonly connection: Connection | undefined; readonly host: string }) {
  const gone = () => !props.connection || stateOf(props.connection) === 'CLOSED';
  const call = (what: 'send' | 'shutdown' | 'abort', text?: string): void => {
    const { connection } = props;
    if (connection)
      void ask({ command: 'call', connection: connection.name, call: what, ...(text ? { text } : {}) });
  };
  return (
    <>
      <button
        type="button"
        disabled={gone()}
        data-call={`${props.host} send 1`}
        onClick={() => call('send', letters(1_000))}
      >
        send 1 kB
      </button>
      <button
        type="button"
        disabled={gone()}
        data-call={`${props.host} send 100`}
        onClick={() => call('send', letters(100_000))}
      >
        100 kB
      </button>
      <button
        type="button"
        disabled={gone()}
        data-call={`${props.host} close`}
        onClick={() => call('shutdown')}
        title="CLOSE: a FIN behind what is queued; reading goes on"
      >
        CLOSE
      </button>
      <button
        type="button"
        disabled={gone()}
        data-call={`${props.host} abort`}
        onClick={() => call('abort')}
        title="ABORT: a RST"
      >
        ABORT
      </button>
    </>
  );
}

function LoseNext(props: { readonly host: 'A' | 'B' }) {
  return (
    <label class="lose">
      <span class="visually-hidden">Lose the next segment from {props.host}</span>
      <select
        data-lose={props.host}
        value=""
        onChange={(event) => {
          const what = event.currentTarget.value as DropWhat | '';
          event.currentTarget.value = '';
          if (what !== '') void ask({ command: 'drop-next', host: props.host, direction: 'out', what });
        }}
      >
        <option value="">✂ lose its next …</option>
        <option value="any">segment</option>
        <option value="data">data</option>
        <option value="ACK">bare ACK</option>
        <option value="SYN">SYN</option>
        <option value="FIN">FIN</option>
      </select>
    </label>
  );
}

function letters(count: number): string {
  return 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(count / 26)).slice(0, count);
}
