import { describe, expect, test } from 'vitest';
import { MissingFeature, parseScript, ScriptError } from '../../../src/drill/index.ts';

function messageOf(text: string): string {
  try {
    parseScript({ file: 'x.pkt', text });
  } catch (error) {
    if (error instanceof ScriptError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a script error', () => {
  test('says file, line and column, shows the line, and puts a caret under the place', () => {
    expect(messageOf('0 close(3) = 0\n\t+0.1 < S 0:0(1) win 100')).toBe(
      ['x.pkt:2:13: 0:0(1) does not fit: 0 + 1 is 1', '  \t+0.1 < S 0:0(1) win 100', '  \t           ^'].join(
        '\n',
      ),
    );
  });

  test('of the last line needs no line end', () => {
    expect(messageOf('0 close(3)')).toBe(
      [
        'x.pkt:1:11: expected "=" behind close(…), found end of the script',
        '  0 close(3)',
        '            ^',
      ].join('\n'),
    );
  });

  test.each([
    ['', 'a script needs one event at least'],
    ['1 close(3) = 0', 'the first event must be at time 0'],
    ['* > . 1:1(0) ack 1', 'the first event must be at time 0'],
    ['0 close(3) = 0\n-1 close(3) = 0', 'a time must not be negative'],
    ['0 close(3) = 0\n2 close(3) = 0\n1.9 close(3) = 0', 'this time lies before that of the event above'],
    ['0 < . 1:1(0) ack 1', 'expected "win" and the window in an inbound segment'],
    ['0 < . 1:1(0) ack 1 win 65536', 'a number is 65536; it must be between 0 and 65535'],
    ['0 < X 1:1(0) win 1', '"X" is no set of flags'],
    ['0 < SS 1:1(0) win 1', '"SS" is no set of flags'],
    ['0 > E5 1:1(0)', 'give the one or the others'],
    ['0 > . 1:70000(69999) ack 1', 'a length is 69999'],
    ['0 < S 0:0(0) win 1 <mss 1460,nop>', 'these options take 5 bytes'],
    ['0 < S 0:0(0) win 1 <mss>', 'expected a number behind mss'],
    ['0 < S 0:0(0) win 1 <...>', 'the options of an inbound segment must be given'],
    ['0 < S 0:0(0) win 1 <what 3>', 'there is no TCP option "what"'],
    ['0 > . 1:1(0) ack 1 <ECN ceb 1 e0b 1>', 'the counters stand in the order'],
    ['0 > [wrong] . 1:1(0) ack 1', 'expected noecn, ect0'],
    ['0~1 close(3) = 0', 'only an outbound packet may have "*" or a range'],
    ['0...1 < . 1:1(0) win 1', 'only a system call may have a time a...b'],
    ['0...1 > . 1:1(0)', 'only a system call may have a time a...b'],
    ['0 close(3) = 0\n+1~2 > . 1:1(0)', 'both ends of a range'],
    ['0 close(3) = 0\n2~1 > . 1:1(0)', 'this time ends before it begins'],
    ['0 close(3 = 0', 'expected "," or ")" behind a value'],
    ['0 close({a b}) = 0', 'expected "," or "}" behind a value'],
    ['0 close(3) = 0 (note', 'this "(" has no ")"'],
    ['0 `a`\n`b`\n`c`', 'nothing may follow a command without a time'],
    ['0 &', 'expected a packet (< or >), a system call'],
  ])('%j: %s', (text, what) => {
    expect(messageOf(text)).toContain(what);
  });
});

describe('what is in the language and not here', () => {
  test.each([
    ['0 < ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0) win 1', 'packets in ipv4 headers'],
    ['0 < gre: . 1:1(0) win 1', 'packets in gre headers'],
    ['0 > udp (100)', 'UDP packets'],
    ['0 > S 0:0(0) <mp_capable key_a>', 'multipath TCP'],
  ])('%s: %s', (text, feature) => {
    expect(() => parseScript({ file: 'x', text })).toThrow(expect.objectContaining({ feature }));
    expect(() => parseScript({ file: 'x', text })).toThrow(MissingFeature);
  });
});
