/** The rows of the table of RFC 9293 section 3.10's rules that an arrow of the chart stands for. Pure. */

import type { ChartArrow } from './graph.ts';
import { GROUP } from './names.ts';

export interface Rule {
  readonly id: string;
  readonly state: string;
  readonly event: string;
  readonly check: string;
  readonly condition: string;
  readonly reply: string;
  readonly next: string;
  readonly tells: string;
  readonly actions: string;
  readonly section: string;
  readonly requirements: string;
}

/** Reads the table (`id,state,event,check,condition,…`, quoted fields with commas in them). */
export function readRules(text: string): readonly Rule[] {
  return rows(text)
    .slice(1)
    .filter((row) => row.length > 11)
    .map((row) => ({
      id: row[0]!,
      state: row[1]!,
      event: row[2]!,
      check: row[3]!,
      condition: row[4]!,
      reply: row[5]!,
      next: row[6]!,
      tells: row[7]!,
      actions: row[8]!,
      section: row[9]!,
      requirements: row[11]!,
    }));
}

/** How the table says what an arrow's event is: the event's name, and of segments the check that finds it. */
const EVENTS: Readonly<Record<string, { readonly event: RegExp; readonly check?: RegExp }>> = {
  listen: { event: /^OPEN passive/ },
  open: { event: /^OPEN active/ },
  close: { event: /^CLOSE/ },
  abort: { event: /^ABORT/ },
  'rcv.SYN': { event: /^SEGMENT ARRIVES/, check: /SYN/ },
  'rcv.SYN-ACK': { event: /^SEGMENT ARRIVES/, check: /SYN/ },
  'rcv.ACK-of-SYN': { event: /^SEGMENT ARRIVES/, check: /ACK/ },
  'rcv.ACK-of-FIN': { event: /^SEGMENT ARRIVES/, check: /ACK/ },
  'rcv.FIN': { event: /^SEGMENT ARRIVES/, check: /FIN/ },
  'rcv.RST': { event: /^SEGMENT ARRIVES/, check: /RST/ },
  'rcv.text-nobody-reads': { event: /^SEGMENT ARRIVES/, check: /text/ },
  'timeout.user': { event: /^USER TIMEOUT/ },
  'after twoMsl': { event: /^TIME-WAIT TIMEOUT/ },
};

/** The rules behind an arrow, those of one state first; empty where the RFC has none (FIN-WAIT-2's timeout, for one). */
export function rulesOf(arrow: ChartArrow, rules: readonly Rule[]): readonly Rule[] {
  const wanted = EVENTS[arrow.event];
  if (!wanted) return [];
  return rules.filter((rule) => {
    if (arrow.from !== GROUP && rule.state !== arrow.from) return false;
    if (arrow.from === GROUP && !SYNCHRONIZED.has(rule.state)) return false;
    if (!wanted.event.test(rule.event) || (wanted.check && !wanted.check.test(rule.check))) return false;
    return leadsTo(rule, arrow);
  });
}

const SYNCHRONIZED: ReadonlySet<string> = new Set([
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
]);

/** "To LISTEN" is the end of a connection that a listener spawned: in its own chart it is CLOSED. */
function leadsTo(rule: Rule, arrow: ChartArrow): boolean {
  if (rule.next === arrow.to) return true;
  return arrow.to === 'CLOSED' && arrow.from === 'SYN-RECEIVED' && rule.next === 'LISTEN';
}

function rows(text: string): string[][] {
  const found: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      row.push(field.replace(/\r$/, ''));
      field = '';
      if (character === '\n') {
        found.push(row);
        row = [];
      }
    } else field += character;
  }
  if (field !== '' || row.length > 0) found.push([...row, field]);
  return found;
}
