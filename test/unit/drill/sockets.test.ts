import { describe, expect, test } from 'vitest';
import { ESTABLISHED, failureOf, outcome } from './script.ts';

const SOCKET = '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n';

describe('calls', () => {
  test('that give something else say what', () => {
    expect(failureOf(`${ESTABLISHED}+0 write(4, ..., 10) = 9`)).toEqual(['write: expected 9, got 10']);
    expect(failureOf(`${SOCKET}+0 read(3, ..., 1) = 0`)).toEqual(['read: expected 0, got -1 ENOTCONN']);
    expect(failureOf(`${SOCKET}+0 read(3, ..., 1) = -1 EAGAIN`)).toEqual([
      'read: expected EAGAIN, got ENOTCONN',
    ]);
    expect(failureOf(`${ESTABLISHED}+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0`)).toEqual([
      'SO_ERROR: expected ECONNRESET, got 0',
    ]);
    expect(failureOf(`${ESTABLISHED}+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [8]) = 0`)).toEqual([
      'length: expected 8, got 4',
    ]);
    expect(failureOf(`${ESTABLISHED}+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 0`)).toEqual([
      'revents of 4: expected POLLIN, got 0',
    ]);
  });

  test('that make a descriptor may number it as they like; the script names it', () => {
    expect(
      outcome('0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77\n+0 bind(77, ..., ...) = 0\n+0 close(77) = 0'),
    ).toBe('pass');
    expect(failureOf('0 socket(..., SOCK_STREAM, IPPROTO_TCP) = -1')).toEqual(['socket: expected -1, got 3']);
  });

  test.each([
    ['close(9) = -1 EBADF'],
    ['listen(9, 1) = -1 EBADF'],
    [
      'bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("9.9.9.9")}, 16) = -1 EADDRNOTAVAIL',
    ],
    ['accept(3, ..., ...) = -1 EINVAL'],
    ['shutdown(3, SHUT_WR) = -1 ENOTCONN'],
    ['write(3, ..., 1) = -1 ENOTCONN'],
    ['setsockopt(3, SOL_SOCKET, SO_ERROR, [0], 4) = -1 ENOPROTOOPT'],
    ['setsockopt(3, SOL_SOCKET, TCP_NODELAY, [1], 4) = -1 ENOPROTOOPT'],
    ['setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [0], 4) = -1 EINVAL'],
    ['setsockopt(3, SOL_TCP, TCP_MAXSEG, [1], 4) = -1 EINVAL'],
    ['fcntl(3, F_GETFL) = 0x02'],
    ['getsockopt(3, SOL_SOCKET, SO_TYPE, [1], [4]) = 0'],
    ['getsockopt(3, SOL_SOCKET, SO_ACCEPTCONN, [0], [4]) = 0'],
    ['getsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", [4]) = 0'],
  ])('%s', (call) => {
    expect(outcome(`${SOCKET}+0 ${call}`)).toBe('pass');
  });

  test.each([
    ['sendfile(3, 4, 0, 1) = 1', 'the system call sendfile()'],
    ['setsockopt(3, SOL_TCP, TCP_REPAIR, [1], 4) = 0', 'the socket option TCP_REPAIR'],
    ['setsockopt(3, SOL_TCP, TCP_FASTOPEN, [5], 4) = 0', 'TCP Fast Open'],
    ['socket(..., SOCK_DGRAM, IPPROTO_UDP) = 4', 'sockets other than SOCK_STREAM'],
    ['recvmsg(3, {msg_iov(1)=[{..., 1}]}, MSG_ERRQUEUE) = 1', 'MSG_ERRQUEUE'],
  ])('skip the script when they need what is not there: %s', (call, feature) => {
    expect(outcome(`${SOCKET}+0 ${call}`)).toBe(`skip  x.pkt: needs ${feature}`);
  });

  test.each([
    ['bind(3) = 0', 'x.pkt:2:1: bind has too few arguments: 1'],
    ['listen(3, "x") = 0', 'a number is needed here'],
    ['listen(3, WHAT) = 0', 'x.pkt:2:14: WHAT is not known here'],
    ['poll(3, 1, 0) = 0', 'a list [...] is needed here'],
  ])('are the error of the script when they make no sense: %s', (call, message) => {
    expect(outcome(`${SOCKET}+0 ${call}`)).toContain(message);
  });
});

describe('a socket', () => {
  test('that is bound twice, or where another is, says so', () => {
    expect(outcome(`${SOCKET}+0 bind(3, ..., ...) = 0\n+0 bind(3, ..., ...) = -1 EINVAL`)).toBe('pass');
    const second = '+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n+0 bind(4, ..., ...) = -1 EADDRINUSE';
    expect(outcome(`${SOCKET}+0 bind(3, ..., ...) = 0\n${second}`)).toBe('pass');
  });

  const connecting = `${SOCKET}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <...>
`;

  test('that connects tells how far it is', () => {
    expect(
      outcome(`${connecting}+0 connect(3, ..., ...) = -1 EALREADY
+0 < S. 0:0(0) ack 1 win 100 <mss 1000>
+0 > . 1:1(0) ack 1
+0 connect(3, ..., ...) = 0
+0 connect(3, ..., ...) = -1 EISCONN`),
    ).toBe('pass');
    expect(
      outcome(`${connecting}+0 < R. 0:0(0) ack 1 win 0
+0 connect(3, ..., ...) = -1 ECONNREFUSED
+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0`),
    ).toBe('pass');
  });

  test('that is disconnected may connect again', () => {
    expect(
      outcome(`${connecting}+0 < S. 0:0(0) ack 1 win 100 <mss 1000>
+0 > . 1:1(0) ack 1
+0 connect(3, AF_UNSPEC, ...) = 0
+0 > R. 1:1(0) ack 1
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <...>`),
    ).toBe('pass');
  });

  test('tells a reset once, then the end of the stream', () => {
    expect(
      outcome(`${ESTABLISHED}+0 < P. 1:4(3) ack 1 win 65535
+0 < R 4:4(0) win 0
+0 read(4, ..., 10) = 3
+0 read(4, ..., 10) = -1 ECONNRESET
+0 read(4, ..., 10) = 0
+0 write(4, ..., 10) = -1 EPIPE
+0 shutdown(4, SHUT_WR) = -1 ENOTCONN`),
    ).toBe('pass');
  });

  test('tells of a reset behind both FINs too, as hosts do', () => {
    expect(
      outcome(`${ESTABLISHED}+0 < F. 1:1(0) ack 1 win 65535
+0 > . 1:1(0) ack 2
+0 shutdown(4, SHUT_WR) = 0
+0 > F. 1:1(0) ack 2
+0 < R 2:2(0) win 0
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0`),
    ).toBe('pass');
  });

  test('reads as much as it is asked for, and no more than is there', () => {
    const text = `${ESTABLISHED}+0 < . 1:9001(9000) ack 1 win 65535\n+0 < . 9001:18001(9000) ack 1 win 65535\n`;
    expect(
      outcome(
        `${text}+0 recv(4, ..., 12000, MSG_PEEK) = 12000\n+0 recv(4, ..., 12000, 0) = 12000\n+0 recv(4, ..., 12000, 0) = 6000`,
      ),
    ).toBe('pass');
  });

  test('with SO_RCVLOWAT waits for so much', () => {
    expect(
      outcome(`${ESTABLISHED}+0 setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [10], 4) = 0
+0...0.2 read(4, ..., 100) = 12
+0.1 < . 1:6(5) ack 1 win 65535
+0.1 < . 6:13(7) ack 1 win 65535`),
    ).toBe('pass');
  });

  test('tells by a control message how much is left', () => {
    const read = (left: number) => `${ESTABLISHED}+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0
+0 < . 1:11(10) ack 1 win 65535
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 4}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=${left}}]}, 0) = 4`;
    expect(outcome(read(6))).toBe('pass');
    expect(failureOf(read(5))).toEqual(['TCP_CM_INQ: expected 5, got 6']);
  });

  test('announces TCP_MAXSEG, and has the path below it', () => {
    const text = `${SOCKET}+0 setsockopt(3, SOL_TCP, TCP_MAXSEG, [700], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 600>
+0 > S. 0:0(0) ack 1 <mss 700>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [600], [4]) = 0`;
    expect(outcome(text)).toBe('pass');
  });

  test('sends what waits when TCP_NODELAY is turned on, cork or not, and is corked as before', () => {
    const text = `${ESTABLISHED}+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0
+0 write(4, ..., 100) = 100
+0.05 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
+0 > P. 1:101(100) ack 1
+0.05 write(4, ..., 100) = 100
+0.05 setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0
+0 > P. 101:201(100) ack 1`;
    expect(outcome(text, { strict: true })).toBe('pass');
  });

  test('is asked for more than anybody has room for', () => {
    const text = `${ESTABLISHED}+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n`;
    expect(outcome(`${text}+0 write(4, ..., 1000000000000) = 262144`)).toBe('pass');
  });

  test('says with recvmsg() what was special about the text', () => {
    const read = (flags: string) =>
      `${ESTABLISHED}+0 < P. 1:11(10) ack 1 win 65535
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 4}], msg_flags=${flags}}, 0) = 4`;
    expect(outcome(read('0'))).toBe('pass');
    expect(failureOf(read('MSG_OOB'))).toEqual(['msg_flags: expected 1, got 0']);
  });

  test('stops a read at an urgent octet that is part of the stream', () => {
    const text = `${ESTABLISHED}+0 setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0
+0 < PU. 1:11(10) ack 1 win 65535 urg 5
+0 recv(4, ..., 100, MSG_PEEK) = 4
+0 read(4, ..., 100) = 4
+0 ioctl(4, SIOCATMARK, [1]) = 0
+0 read(4, ..., 100) = 6`;
    expect(outcome(text)).toBe('pass');
  });

  test('has a congestion control that it names, or the script is skipped', () => {
    const set = (name: string) => `${ESTABLISHED}+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, "${name}", 5) = 0`;
    expect(outcome(set('reno'))).toBe('pass');
    expect(outcome(set('bbr'))).toBe('pass');
    expect(outcome(set('dctcp'))).toBe('skip  x.pkt: needs the congestion control dctcp');
  });

  test('that was shut down both ways answers text as the host does', () => {
    const text = (answer: string) => `${ESTABLISHED}+0 shutdown(4, SHUT_RDWR) = 0
+0 > F. 1:1(0) ack 1
+0 < P. 1:11(10) ack 2 win 65535
+0 > ${answer}`;
    expect(outcome(text('. 2:2(0) ack 11'))).toBe('pass');
    expect(outcome(text('R 2:2(0)'), { profile: 'linux' })).toBe('pass');
  });
});

describe('edge-triggered epoll', () => {
  const watched = `${ESTABLISHED}+0 epoll_create(1) = 5
+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0
+0 < P. 1:11(10) ack 1 win 65535
+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
`;

  test('tells once of what arrived, and again of what arrives later, read or not', () => {
    expect(outcome(`${watched}+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 0`)).toBe('pass');
    const more = `${watched}+0 < P. 11:21(10) ack 1 win 65535\n`;
    expect(outcome(`${more}+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1`)).toBe('pass');
  });

  test('gives back what it was given', () => {
    expect(failureOf(watched.replace('EPOLLIN, fd=4}, 1', 'EPOLLIN, fd=7}, 1'))).toEqual([
      'data of event 0: expected 7, got 4',
    ]);
  });
});

describe('a call that waits', () => {
  test('is over before the next one is made that may need what it gives', () => {
    const text = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0...0.1 accept(3, ..., ...) = 4
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 write(4, ..., 10) = 10
+0 > P. 1:11(10) ack 1`;
    expect(outcome(text)).toBe('pass');
  });

  test('says when it should have come back, if it never does', () => {
    const result = outcome(`${ESTABLISHED}+0...0.5 read(4, ..., 10) = 5`);
    expect(result).toContain('the call still waits\n  expected  0.500000  read(4, ..., 10) = 5');
  });
});
