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
        <table class="rules">
          <thead>
            <tr>
              <th>Rule</th>
              <th>When</th>
              <th>Answer</th>
              <th>Then</th>
            </tr>
          </thead>
          <tbody>
            <For each={rules()}>
              {(rule) => (
                <tr data-rule={rule.id}>
                  <td>
                    <strong>{rule.id}</strong>
                    <div class="muted">{rule.requirements}</div>
                  </td>
                  <td>
                    <div>
                      {rule.state}, {rule.event}
                      {rule.check === 'user call' ? '' : `, check ${rule.check}`}
                    </div>
                    <div class="muted">{rule.condition}</div>
                  </td>
                  <td class="mono">{rule.reply}</td>
                  <td>
                    <div>{rule.next}</div>
                    <div class="muted">
                      {[rule.actions, rule.tells].filter((text) => text !== '' && text !== 'none').join('; ')}
                    </div>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </aside>
  );
}
