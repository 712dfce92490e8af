import { describe, expect, test } from 'vitest';
import { effectOf } from '../../../src/drill/sysctls.ts';
import { ESTABLISHED, outcome, play } from './script.ts';

describe('commands', () => {
  test.each([
    ['sysctl -q net.ipv4.tcp_sack=0', { sack: false }],
    ['sysctl -w net.inet.tcp.sack.enable=0', { sack: false }],
    // A line that goes on.
    [
      './set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 \\\n  /proc/sys/net/ipv4/tcp_sack=0',
      { timestamps: false, sack: false },
    ],
    [
      './set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 /proc/sys/net/ipv4/tcp_sack=1',
      { timestamps: false, sack: true },
    ],
    ['sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"', { receiveBuffer: 540_000 }],
    ['echo 4096 "$((2*1000)) 9000" > /proc/sys/net/ipv4/tcp_rmem', { receiveBuffer: 2_000 }],
    ['sysctl -w net.inet.tcp.rfc1323=2', { windowScaling: true, timestamps: false }],
    ['sysctl net.inet.tcp.recvspace=1000 > /dev/null 2>&1', { receiveBuffer: 1_000 }],
    ['sysctl -w net.inet.tcp.delayed_ack=0; sysctl -w net.inet.tcp.msl=500', { delayedAckMs: 0, mslMs: 500 }],
    ['true\n./defaults.sh\n/tmp/sysctl_restore_1234.sh', {}],
    ['tc qdisc add dev tun0 root pfifo && nstat -n', {}],
  ])('%s', (command, options) => {
    expect(effectOf(command)).toMatchObject({ options, ignored: [] });
  });

  test('set the values that sockets begin with', () => {
    expect(effectOf('sysctl -w net.inet.tcp.keepidle=60000').values).toEqual({ TCP_KEEPIDLE: 60 });
    expect(effectOf('sysctl -w net.ipv4.tcp_keepalive_time=60').values).toEqual({ TCP_KEEPIDLE: 60 });
  });

  test('sleep by the clock of the script', () => {
    expect(effectOf('sleep 0.5').sleepMs).toBe(500);
    expect(play(`${ESTABLISHED}+0 \`sleep 0.5\`\n+0 close(3) = 0`).elapsedMs).toBe(500);
  });

  test('without a time are done before time begins, sleep included', () => {
    expect(play(`\`sleep 0.5\`\n${ESTABLISHED}+0 close(3) = 0`)).toMatchObject({
      verdict: 'pass',
      elapsedMs: 0,
    });
  });

  test('that mean nothing here are noted', () => {
    expect(effectOf('sysctl net.core.somaxconn=5\nmake me a sandwich').ignored).toEqual([
      'net.core.somaxconn=5',
      'make me a sandwich',
    ]);
    expect(play(`${ESTABLISHED}+0 \`make tea\``).notes).toEqual(['no effect here: make tea']);
  });

  test('that ask for what is not there skip the script', () => {
    expect(effectOf('sysctl net.ipv4.tcp_ecn=1').options).toEqual({ ecn: 'request' });
    expect(effectOf('sysctl net.ipv4.tcp_ecn=2').options).toEqual({ ecn: 'accept' });
    expect(() => effectOf('sysctl net.ipv4.tcp_ecn=3')).toThrow('ECN');
    expect(outcome(`0 \`sysctl -w net.inet.tcp.insecure_rst=1\`\n${ESTABLISHED.replace('0 ', '+0 ')}`)).toBe(
      'skip  x.pkt: needs RST without the protection of RFC 5961',
    );
  });

  test('set the scale of the window by the largest buffer that there may be', () => {
    const rmem = (value: string) => effectOf(`sysctl net.ipv4.tcp_rmem="${value}"`).options;
    expect(rmem('4096 131072 6291456')).toEqual({ receiveBuffer: 131_072, windowScale: 7 });
    expect(rmem('4096 65535 65535')).toEqual({ receiveBuffer: 65_535, windowScale: 0 });
    const text = `\`./defaults.sh\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000,nop,wscale 7>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>
`;
    expect(play(text)).toMatchObject({ verdict: 'pass', notes: [] });
    const own = text.replace('+0 bind', '+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [60000], 4) = 0\n+0 bind');
    expect(outcome(own.replace('65535 <mss 1460,nop,wscale 8>', '60000 <mss 1460,nop,wscale 0>'))).toBe(
      'pass',
    );
  });

  test('change what connections are made with from then on', () => {
    const text = (sack: number) => `\`sysctl net.ipv4.tcp_sack=${sack}\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>
`;
    expect(outcome(`${text(1)}+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>`)).toBe('pass');
    expect(outcome(`${text(0)}+0 > S. 0:0(0) ack 1 <mss 1460>`)).toBe('pass');
  });
});
