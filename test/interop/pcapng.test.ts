import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nanoseconds, pcapngHeader, pcapngPacket } from '../../src/net/pcapng.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** An echo request from 198.18.0.1 to 198.18.0.2, checksums right, and one from fd00::1 to fd00::2. */
const echo4 = fromHex('4500001c 00000000 4001eeb9 c6120001 c6120002 0800f7fe 00000001');
const echo6 = fromHex(
  '60000000 00083a40 fd000000000000000000000000000001 fd000000000000000000000000000002 800085b7 00000001',
);

describe('a capture', () => {
  let folder: string;
  beforeEach(({ skip }) => {
    skip(!hasTshark, 'there is no tshark on the PATH');
    folder = mkdtempSync(join(tmpdir(), 'statewire-pcapng-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What tshark reads from a capture: the named fields of each packet. Fails at any complaint. */
  function read(capture: readonly Uint8Array[], names: readonly string[]): Record<string, string>[] {
    const file = join(folder, 'capture.pcapng');
    writeFileSync(file, Buffer.concat(capture));
    const how = ['-n', '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|', '-r', file];
    const fields = names.flatMap((name) => ['-e', name]);
    const { status, stdout, stderr } = spawnSync('tshark', [...how, ...fields], { encoding: 'utf8' });
    expect(stderr.replace(/^Running as user "root".*\n/, '')).toBe('');
    expect(status).toBe(0);
    const rows = stdout.split('\n').slice(0, -1);
    return rows.map((row) =>
      Object.fromEntries(row.split('|').map((value, index) => [names[index]!, value])),
    );
  }

  test('opens in tshark without complaint, times to the nanosecond, with directions and comments', () => {
    const origin = 1_700_000_000_000_000_000n;
    const packets = [
      pcapngHeader({ interfaceName: 'sw0' }),
      pcapngPacket(echo4, origin + 1n, { direction: 'out', comment: 'ESTABLISHED: größer als 1' }),
      pcapngPacket(echo6, nanoseconds(1_500.25, origin), { direction: 'in', comment: '' }),
      pcapngPacket(echo4, origin + 2_000_000_000n),
    ];
    const fields = [
      'frame.time_epoch',
      'frame.packet_flags_direction',
      'frame.comment',
      'frame.interface_name',
      'frame.len',
    ];
    expect(read(packets, fields).map((row) => Object.values(row))).toEqual([
      ['1700000000.000000001', '0x00000002', 'ESTABLISHED: größer als 1', 'sw0', '28'],
      ['1700000001.500250000', '0x00000001', '', 'sw0', '48'],
      ['1700000002.000000000', '', '', 'sw0', '28'],
    ]);
  });

  test('shows tshark packets of both IP versions, whole and with good checksums', () => {
    const packets = [pcapngHeader(), pcapngPacket(echo4, 0n), pcapngPacket(echo6, 0n)];
    const good = '1';
    const [first, second, ...rest] = read(packets, [
      'ip.src',
      'ipv6.src',
      'ip.checksum.status',
      'icmp.checksum.status',
      'icmpv6.checksum.status',
      '_ws.malformed',
    ]);
    expect(first).toMatchObject({ 'ip.src': '198.18.0.1', 'ip.checksum.status': good, '_ws.malformed': '' });
    expect(first).toMatchObject({ 'icmp.checksum.status': good });
    expect(second).toMatchObject({
      'ipv6.src': 'fd00::1',
      'icmpv6.checksum.status': good,
      '_ws.malformed': '',
    });
    expect(rest).toEqual([]);
  });

  test('cut to a snap length tells tshark the full length', () => {
    const long = new Uint8Array(200);
    long.set(echo4);
    const packets = [
      pcapngHeader({ snapLength: 64 }),
      pcapngPacket(long, 0n, { snapLength: 64 }),
      pcapngPacket(echo4, 0n, { snapLength: 64 }),
    ];
    expect(read(packets, ['frame.cap_len', 'frame.len'])).toEqual([
      { 'frame.cap_len': '64', 'frame.len': '200' },
      { 'frame.cap_len': '28', 'frame.len': '28' },
    ]);
  });
});

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}
