/**
 * From the chart's endings to what a user of sockets knows: how it ended, and Node's code for it.
 */

import type { Ending } from '../../machines/index.ts';
import type { ErrorCode } from '../errors.ts';
import { StackError } from '../errors.ts';
import type { CloseReason } from './api.ts';

/** A timeout is blamed on the last ICMP error, if there was one (RFC 1122 section 4.2.3.9). */
export function closeReason(
  ending: Ending,
  peer: { readonly remoteAddress: string; readonly remotePort: number },
  softError: ErrorCode | undefined,
): CloseReason {
  const where = `${peer.remoteAddress} port ${peer.remotePort}`;
  const place = { address: peer.remoteAddress, port: peer.remotePort };
  switch (ending) {
    case 'closed':
    case 'reopened':
      return { how: 'closed' };
    case 'refused':
      return {
        how: 'refused',
        error: new StackError('ECONNREFUSED', `${where} refused the connection`, {
          ...place,
          syscall: 'connect',
        }),
      };
    case 'unreachable':
      return {
        how: 'unreachable',
        error: new StackError('ECONNREFUSED', `${where} is unreachable: ICMP says so`, {
          ...place,
          syscall: 'connect',
        }),
      };
    case 'reset':
      return {
        how: 'reset',
        error: new StackError('ECONNRESET', `${where} reset the connection`, { ...place, syscall: 'read' }),
      };
    case 'aborted':
      return {
        how: 'aborted',
        error: new StackError('ECONNABORTED', `the connection to ${where} was aborted by this end`, place),
      };
    case 'timeout':
      return {
        how: 'timeout',
        error: new StackError(softError ?? 'ETIMEDOUT', `${where} does not answer`, place),
      };
  }
}

/** Trouble that ends nothing, as the user is told of it (RFC 9293 section 3.9.1.8). */
export function softErrorOf(
  notice: 'delivery-trouble' | 'soft-error',
  softError: ErrorCode | undefined,
  peer: { readonly remoteAddress: string; readonly remotePort: number },
): StackError {
  const place = { syscall: 'write', address: peer.remoteAddress, port: peer.remotePort };
  return notice === 'delivery-trouble'
    ? new StackError('ETIMEDOUT', 'the same text was sent again and again, without an answer', place)
    : new StackError(softError ?? 'EHOSTUNREACH', 'ICMP: a router or the host reports trouble', place);
}
