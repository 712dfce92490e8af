/** What is behind an arrow: the chart's own words, the RFC's paragraph, and the rows of the rules' table. */

import { createMemo, For, Show } from 'solid-js';
import table from '../../../test/conformance/event-processing.csv?raw';
import type { ChartArrow } from './graph.ts';
import { paragraphsOf } from './paragraphs.ts';
import { readRules, rulesOf } from './rules.ts';
import { eventWords } from './words.ts';

const RULES = readRules(table);

export function ChartDetails(props: {
  readonly arrow: ChartArrow;
  readonly visits: number;
  onClose(): void;
}) {
  const paragraphs = createMemo(() => {
    const all = props.arrow.descriptions.flatMap((description) => paragraphsOf(description));
    return all.filter(
      (paragraph, at) => all.findIndex(({ reference }) => reference === paragraph.reference) === at,
    );
  });
  const rules = createMemo(() => rulesOf(props.arrow, RULES));
  return (
    <aside class="details" aria-label="The arrow">
      <header>
        <h3>
          {props.arrow.from} <span class="muted">— {eventWords(props.arrow.event)} →</span> {props.arrow.to}
        </h3>
        <button
          type="button"
          class="quiet"
          onClick={() => props.onClose()}
          aria-label="Close the arrow's details"
        >
          ✕
        </button>
      </header>
      <p class="muted">
        Taken {props.visits === 1 ? 'once' : `${props.visits} times`} by this connection. In the chart its
        event is <code>{props.arrow.event}</code>.
      </p>
      <ul>
        <For each={props.arrow.descriptions}>{(description) => <li>{description}</li>}</For>
      </ul>
      <For each={paragraphs()}>
        {(paragraph) => (
          <div class="paragraph">
            <strong>{paragraph.reference}</strong>
            <p>{paragraph.says}</p>
          </div>
        )}
      </For>
      <Show
        when={rules().length > 0}
        fallback={<p class="muted">RFC 9293 section 3.10 has no row for this arrow.</p>}
      >
        <ul class="rules" aria-label="Rules">
          <For each={rules()}>
            {(rule) => (
              <li data-rule={rule.id}>
                <strong>{rule.id}</strong>{' '}
                <span>
                  {rule.state}, {rule.event}
                  {rule.check === 'user call' ? '' : `, check ${rule.check}`}
                </span>{' '}
                <span class="muted">{rule.requirements}</span>
                <dl>
                  <Entry name="when" value={rule.condition} />
                  <Entry name="answer" value={rule.reply} mono />
                  <Entry name="next" value={rule.next} />
                  <Entry
                    name="then"
                    value={[rule.actions, rule.tells]
                      .filter((text) => text !== '' && text !== 'none')
                      .join('; ')}
                  />
                </dl>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </aside>
  );
}

function Entry(props: { readonly name: string; readonly value: string; readonly mono?: true }) {
  return (
    <Show when={props.value}>
      <dt>{props.name}</dt>
      <dd classList={{ mono: props.mono === true }}>{props.value}</dd>
    </Show>
  );
}
