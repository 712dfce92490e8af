/**
 * The addresses that a stack answers at, and those that it may be asked to talk to.
 */

import { StackError } from '../errors.ts';
import { type IpAddress, parseAddress } from '../wire/index.ts';

export class Addresses {
  readonly texts: readonly string[];
  readonly #own: readonly IpAddress[];

  /** Throws EINVAL for a text that is no address of a host. */
  constructor(texts: readonly string[]) {
    if (texts.length === 0)
      throw new StackError('EINVAL', 'createStack: addresses is empty; give one at least');
    this.#own = texts.map((text) => hostAddress(text, 'createStack', 'addresses'));
    this.texts = this.#own.map(String);
  }

  get first(): IpAddress {
    return this.#own[0]!;
  }

  has(address: IpAddress): boolean {
    for (const own of this.#own) if (own.equals(address)) return true;
    return false;
  }

  /** One of the stack's own addresses, by its text. Throws EINVAL, or EADDRNOTAVAIL when it is somebody else's. */
  own(text: string, syscall: string): IpAddress {
    const address = hostAddress(text, syscall, 'the local address');
    if (this.has(address)) return address;
    throw new StackError(
      'EADDRNOTAVAIL',
      `${syscall}: ${text} is none of the stack's addresses (${this.texts.join(', ')})`,
      {
        syscall,
        address: text,
      },
    );
  }

  /** MUST-46: a peer's address must be one of a single host. */
  remote(text: string): IpAddress {
    return hostAddress(text, 'connect', 'host');
  }

  /** MUST-44: the address to open from when the user names none: the first of the same IP version. */
  sourceFor(remote: IpAddress): IpAddress {
    const source = this.#own.find((own) => own.version === remote.version);
    if (source) return source;
    throw new StackError(
      'ENETUNREACH',
      `connect: the stack has no IPv${remote.version} address to reach ${remote} from`,
      {
        syscall: 'connect',
        address: remote.toString(),
      },
    );
  }
}

function hostAddress(text: string, syscall: string, what: string): IpAddress {
  const address = parseAddress(text);
  if (!address) {
    throw new StackError(
      'EINVAL',
      `${syscall}: ${what} is "${text}"; give an IPv4 or IPv6 address, such as 198.18.0.2`,
      { syscall },
    );
  }
  if (address.isMulticast || address.isBroadcast || address.isUnspecified) {
    throw new StackError('EINVAL', `${syscall}: ${what} is ${text}, which is no single host's address`, {
      syscall,
      address: text,
    });
  }
  return address;
}
