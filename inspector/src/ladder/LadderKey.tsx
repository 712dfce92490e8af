import { For, type JSX } from 'solid-js';

/** What the signs of the ladder mean, drawn as they are there. */
const SIGNS: readonly (readonly [words: string, colour: string, sign: () => JSX.Element])[] = [
  ['SYN', 'sky', () => <Arrow />],
  ['text', 'blue', () => <Arrow />],
  ['FIN', 'purple', () => <Arrow />],
  ['ACK', 'faint', () => <Arrow thin />],
  ['sent again', 'orange', () => <Arrow dash="6 3" />],
  ["the network's copy", 'blue', () => <Arrow dash="2 3" doubled />],
  [
    'lost',
    'vermillion',
    () => (
      <>
        <path d="M1 7H20" />
        <path d="M16 2L26 12M26 2L16 12" stroke-width="2.5" />
      </>
    ),
  ],
  [
    'thrown away',
    'orange',
    () => (
      <>
        <path d="M1 7H22" />
        <circle cx="27" cy="7" r="5" />
        <path d="M23.5 10.5L30.5 3.5" />
      </>
    ),
  ],
  [
    'on its way',
    'blue',
    () => (
      <>
        <path d="M1 7H20" />
        <circle cx="21" cy="7" r="3" fill="currentcolor" />
      </>
    ),
  ],
];

export function LadderKey() {
  return (
    <ul class="ladder-key" aria-label="Key">
      <For each={SIGNS}>
        {([words, colour, sign]) => (
          <li>
            <svg
              viewBox="0 0 36 14"
              width="36"
              height="14"
              aria-hidden="true"
              style={{ color: `var(--${colour})` }}
            >
              {sign()}
            </svg>
            {words}
          </li>
        )}
      </For>
    </ul>
  );
}

function Arrow(props: { readonly dash?: string; readonly doubled?: true; readonly thin?: true }) {
  return (
    <>
      <path
        d={props.doubled ? 'M1 5H27M1 9H27' : 'M1 7H27'}
        stroke-width={props.thin ? 1.3 : 2}
        stroke-dasharray={props.dash ?? 'none'}
      />
      <path d="M26 3L35 7L26 11Z" fill="currentcolor" stroke="none" />
    </>
  );
}
