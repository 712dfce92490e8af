import { describe, expect, it } from 'vitest';
import { errno } from '../../../src/node/linux.ts';
import { attachError, codeOf, nameError, openError } from '../../../src/node/tun-errors.ts';

const CONTAINER = '--device /dev/net/tun --cap-add NET_ADMIN';

describe('the error of a /dev/net/tun that does not open', () => {
  it.each([
    ['ENOENT', 'ENODEV', ['does not exist', 'sudo modprobe tun', CONTAINER]],
    ['ENODEV', 'ENODEV', ['no TUN driver', 'sudo modprobe tun']],
    ['ENXIO', 'ENODEV', ['no TUN driver', 'sudo modprobe tun']],
    ['EACCES', 'EACCES', ['may not be read and written', 'sudo chmod 666 /dev/net/tun']],
    ['EPERM', 'EPERM', ['this container may not use it', CONTAINER]],
    ['EMFILE', 'ENOBUFS', ['EMFILE']],
  ] as const)('explains %s as %s', (name, code, parts) => {
    const error = openError(-errno[name], '/dev/net/tun');
    expect(error.code).toBe(code);
    expect(error.syscall).toBe('open');
    for (const part of ['/dev/net/tun', ...parts]) expect(error.message).toContain(part);
  });
});

describe('the error of a TUN device that does not attach', () => {
  const tun = { name: 'tun7', kind: 'tun', multiQueue: false, persistent: true } as const;
  it.each([
    ['EPERM', undefined, 'EPERM', ['sudo ip tuntap add dev tun7 mode tun user ann', CONTAINER]],
    ['EPERM', { ...tun, ownerUid: 1000 }, 'EPERM', ['belongs to uid 1000', 'runs as ann']],
    ['EPERM', tun, 'EPERM', ['belongs to no user']],
    ['EBUSY', tun, 'EBUSY', ['open already', 'fuser']],
    ['EINVAL', { name: 'tun7', kind: 'other' }, 'EINVAL', ['not a TUN device']],
    ['EINVAL', { ...tun, kind: 'tap' }, 'EINVAL', ['TAP']],
    ['EINVAL', { ...tun, multiQueue: true }, 'EINVAL', ['several queues']],
    ['EINVAL', tun, 'EINVAL', ['refused']],
    ['EINVAL', undefined, 'EINVAL', ['refused the name tun7']],
    ['ENOTTY', undefined, 'EINVAL', ['/dev/odd is not the device']],
    ['ENOMEM', undefined, 'ENOBUFS', ['ENOMEM']],
  ] as const)('explains %s with %o as %s', (name, existing, code, parts) => {
    const error = attachError(-errno[name], 'tun7', '/dev/odd', existing, 'ann');
    expect(error.code).toBe(code);
    for (const part of parts) expect(error.message).toContain(part);
  });
});

describe('the name of an interface', () => {
  it.each(['t', 'tun7', 'fifteen-letters', 'a.b-c_d', 'tun%d'])('may be %s', (name) => {
    expect(nameError(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['sixteen-letters!', '16 characters'],
    ['.', 'directory'],
    ['..', 'directory'],
    ['a/b', '"/"'],
    ['a:b', '":"'],
    ['a b', '" "'],
    ['a\tb', '"\\t"'],
    ['tün', '"ü"'],
    ['tun%', '"%"'],
    ['tun%s', '"%"'],
    ['%d%d', '"%"'],
  ])('may not be %j', (name, reason) => {
    const error = nameError(name);
    expect(error?.code).toBe('EINVAL');
    expect(error?.message).toContain(reason);
  });
});

describe('the code of an errno', () => {
  it('is the errno itself where the stack knows it, and the nearest elsewhere', () => {
    expect(codeOf(-errno.EADDRNOTAVAIL)).toBe('EADDRNOTAVAIL');
    expect(codeOf(-errno.EEXIST)).toBe('EADDRINUSE');
    expect(codeOf(-errno.EBADFD)).toBe('ENODEV');
  });
});
