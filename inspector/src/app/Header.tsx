import { createMemo, Index, on, Show } from 'solid-js';
import { type Connection, endpoint, stateOf } from '../store/model.ts';
import { downloadRun } from './files.ts';
import { atMostEvery } from './pictures.ts';
import { setTextSize, setTheme, textSize, theme } from './preferences.ts';
import { model, select, selected, session, showHelp } from './state.ts';

/** More than this are not offered in the list of connections: the table and its filter are better for so many. */
const LISTED = 200;
const LISTED_ANEW_MS = 300;

export function Header() {
  return (
    <header class="head">
      <div class="brand">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <circle cx="16" cy="16" r="15" fill="var(--accent)" />
          <path
            d="M7 11h18M25 21H7M21 7l4 4-4 4M11 17l-4 4 4 4"
            stroke="var(--on-accent)"
            stroke-width="2.5"
            fill="none"
          />
        </svg>
        <span>statewire</span>
      </div>
      <Show when={session()} fallback={<span class="muted">nothing is watched yet: open a scene</span>}>
        {(current) => (
          <>
            <span class="session" data-session={current().kind}>
              <Mode />
              <span class="session-name">{current().name}</span>
            </span>
            <Show when={current().kind === 'live' && model().hello?.mode === 'live' && model().run.paused}>
              <span class="paused-note">the stack stands; the peer's clock runs on</span>
            </Show>
            <ConnectionPicker />
            <Show when={model().leftOut > 0}>
              <span class="left-out" title="The page could not keep up; what happened then can't be shown.">
                {model().leftOut.toLocaleString('en')} entries left out
              </span>
            </Show>
          </>
        )}
      </Show>
      <span class="spacer" />
      <Show when={session()}>
        <button
          type="button"
          class="quiet"
          onClick={downloadRun}
          title="Save what is shown here as one file of JSON lines, for viewing. Drop it on any inspector to open it."
        >
          Save
        </button>
      </Show>
      <button
        type="button"
        class="quiet"
        aria-pressed={textSize() === 'large'}
        onClick={() => setTextSize(textSize() === 'large' ? 'normal' : 'large')}
        title="Large text, for projectors"
      >
        A⁺
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => setTheme(theme() === 'dark' ? 'light' : 'dark')}
        title="Dark or light (t)"
        aria-label={theme() === 'dark' ? 'Light theme' : 'Dark theme'}
      >
        {theme() === 'dark' ? '☀' : '☾'}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => showHelp(true)}
        aria-label="Keys and help"
        title="Keys (?)"
      >
        ?
      </button>
    </header>
  );
}

function Mode() {
  const words = (): string => {
    const current = session();
    if (current?.ended?.() !== undefined) return 'ended';
    if (current?.kind === 'record') return 'record';
    return current?.kind === 'live' && model().hello?.mode === 'live' ? 'live' : 'virtual time';
  };
  return (
    <span class="mode" data-mode={words()}>
      {words()}
    </span>
  );
}

function ConnectionPicker() {
  const pictures = atMostEvery(LISTED_ANEW_MS);
  const listed = createMemo(on([pictures, session], () => [...model().connections.values()].slice(-LISTED)));
  return (
    <Show when={listed().length > 0} fallback={<span class="muted">no connection yet</span>}>
      <label class="picker">
        <span class="visually-hidden">Connection</span>
        <select
          id="connection-picker"
          value={selected()?.name ?? ''}
          onChange={(event) => select(event.currentTarget.value)}
        >
          <Index each={listed()}>
            {(connection) => (
              <option value={connection().name} selected={connection().name === selected()?.name}>
                {choiceOf(connection())}
              </option>
            )}
          </Index>
        </select>
      </label>
    </Show>
  );
}

function choiceOf(connection: Connection): string {
  const { localAddress, localPort, remoteAddress, remotePort } = connection.view;
  const ends = `${endpoint(localAddress, localPort)} → ${endpoint(remoteAddress, remotePort)}`;
  return `${connection.host}  ${ends}  ${stateOf(connection)}`;
}
