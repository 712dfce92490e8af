/** The sentences that `--explain` puts beneath each segment. */

import { describe, expect, it } from 'vitest';
import { playScene, printRfc, SCENES, type SegmentRow } from '../../src/sim/index.ts';
import { explain } from '../../src/sim/ladder-explain.ts';

async function explainedRows(name: string, part = 0): Promise<string[]> {
  const { rows } = (await playScene(name)).parts[part]!;
  return rows.filter((row): row is SegmentRow => row.kind === 'segment').map(explain);
}

describe('an explained segment', () => {
  it.each(SCENES.map(({ name }) => name))('is one sentence with a paragraph of an RFC: %s', async (name) => {
    const sentences = (await playScene(name)).parts
      .flatMap(({ rows }) => rows)
      .filter((row): row is SegmentRow => row.kind === 'segment')
      .map(explain);
    expect(sentences.length).toBeGreaterThan(0);
    expect(sentences.filter((sentence) => !/^[A-Z].*\.$/.test(sentence))).toEqual([]);
    expect(sentences.filter((sentence) => !/\((?:\d+(?:\.\d+)+|RFC \d+)/.test(sentence))).toEqual([]);
    // A reason that nobody has put into words shows as its counter's name.
    expect(sentences.filter((sentence) => /(?:tcp|ipv4)\.[a-z]/.test(sentence))).toEqual([]);
  });

  it('names the arrow that it takes and the paragraph beside that arrow in the chart', async () => {
    const [syn, synAck, ack] = await explainedRows('handshake');
    expect(syn).toContain('B takes rcv.SYN from LISTEN to SYN-RECEIVED (3.10.7.2, third)');
    expect(synAck).toContain('A takes rcv.SYN-ACK from SYN-SENT to ESTABLISHED (3.10.7.3, fourth)');
    expect(ack).toContain('B takes rcv.ACK-of-SYN from SYN-RECEIVED to ESTABLISHED (3.10.7.4, fifth)');
  });

  it('says that a RST brings a passive connection back to LISTEN', async () => {
    const rows = await explainedRows('old-duplicate-syn');
    expect(rows[3]).toContain('B takes rcv.RST from SYN-RECEIVED to LISTEN (3.10.7.4, second)');
  });

  it('says that a FIN which comes again in TIME-WAIT begins 2 MSL anew', async () => {
    const rows = await explainedRows('time-wait');
    expect(rows[3]).toContain('it is lost on the way');
    expect(rows[4]).toContain('its ACK was lost, and 2 MSL begin anew (3.10.7.4, eighth)');
  });

  it('says which rule lets a new SYN end TIME-WAIT', async () => {
    expect((await explainedRows('time-wait', 1))[4]).toContain('MAY-2');
  });

  it('tells the closed window from the probe that asks about it', async () => {
    const rows = await explainedRows('zero-window');
    expect(rows.filter((row) => row.startsWith('A asks with one octet'))).toHaveLength(4);
  });
});

describe('the closing lines', () => {
  it.each([
    ['handshake', 'Why three segments?'],
    ['close', 'Why four segments, when opening takes three?'],
    ['half-close', 'Why four segments, when opening takes three?'],
    ['time-wait', 'Why 2 MSL?'],
  ])('answer the old question: %s', async (name, question) => {
    const ladder = await playScene(name);
    const lines = printRfc(ladder, { explain: true });
    const at = lines.indexOf(question);
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]!.length).toBeGreaterThan(40);
    expect(printRfc(ladder)).not.toContain(question);
  });
});
