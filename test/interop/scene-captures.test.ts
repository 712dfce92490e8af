/** Captures of the scenes, as tshark reads them. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureOf, playScene, SCENES } from '../../src/sim/index.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const CHECKS = ['-n', '-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'];

/** An end, its states and the reason; or where a segment came from that no end has sent. */
const COMMENT = /^(?:[AB] [A-Z12-]+(?: -> [A-Z12-]+)?: |old duplicate|copy)/;

describe('the capture of a scene', () => {
  let folder: string;
  beforeEach(({ skip }) => {
    skip(!hasTshark && process.env.STATEWIRE_REQUIRE_TUN !== '1', 'there is no tshark on the PATH');
    folder = mkdtempSync(join(tmpdir(), 'statewire-scene-'));
  });
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  /** The named fields of each packet. Fails at any complaint. */
  async function read(scene: string, names: readonly string[]): Promise<string[][]> {
    const file = join(folder, `${scene}.pcapng`);
    writeFileSync(file, captureOf(await playScene(scene)));
    const fields = names.flatMap((name) => ['-e', name]);
    const how = [
      ...CHECKS,
      '-r',
      file,
      '-T',
      'fields',
      '-E',
      'separator=/t',
      '-E',
      'occurrence=f',
      ...fields,
    ];
    const { status, stdout, stderr } = spawnSync('tshark', how, { encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(stderr.replace(/^Running as user "root".*\n/, '')).toBe('');
    expect(status).toBe(0);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'));
  }

  it.each(SCENES.map(({ name }) => name))(
    'opens without a complaint, checksums good, a comment on each packet: %s',
    async (name) => {
      const packets = await read(name, [
        'ip.checksum.status',
        'tcp.checksum.status',
        '_ws.malformed',
        'frame.comment',
      ]);
      expect(packets.length).toBeGreaterThan(0);
      const bad = packets.filter(
        ([ip, tcp, malformed, comment]) =>
          ip !== '1' || tcp !== '1' || malformed !== '' || !COMMENT.test(comment ?? ''),
      );
      expect(bad).toEqual([]);
    },
  );

  it('has the flags 0x02, 0x12 and 0x10 for the handshake, its numbers and its times', async () => {
    const packets = await read('handshake', [
      'frame.time_epoch',
      'tcp.flags',
      'tcp.seq_raw',
      'tcp.ack_raw',
      'tcp.window_size_value',
      'frame.comment',
    ]);
    expect(packets.map((fields) => fields.slice(0, 4))).toEqual([
      ['0.000000000', '0x0002', '3626544836', '0'],
      ['0.010000000', '0x0012', '1739326486', '3626544837'],
      ['0.020000000', '0x0010', '3626544837', '1739326487'],
    ]);
    expect(packets[0]![4]).toBe('65535');
    expect(packets[0]![5]).toBe(
      'A CLOSED -> SYN-SENT: OPEN: our SYN (3.10.1); B LISTEN -> SYN-RECEIVED: rcv.SYN (3.10.7.2)',
    );
  });

  it('says of a lost packet that it was lost', async () => {
    const comments = (await read('lost-syn', ['frame.comment'])).flat();
    expect(comments[0]).toMatch(/; lost \(scripted\)$/);
  });
});
