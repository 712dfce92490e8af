/**
 * The mutants that no test kills, and why none can: what they change makes no difference on the wire, to data or to what
 * users are told. Where it makes one to a viewer, it is the chart's own drawing that differs.
 */

const CLOSE_IS_RAISED =
  'The queued CLOSE is raised in the same step, and leads from ESTABLISHED to FIN-WAIT-1; in FIN-WAIT-1 it means nothing. Both ways ' +
  'end in the same state, having told the same; a viewer sees one arrow less. The chart goes by ESTABLISHED because section 3.10.4 says so.';

const NEVER_BY_DEFAULT =
  'Every arrow into the synchronized states names the state that it leads to, so where they begin is never asked; XState wants ' +
  'a beginning to be named all the same.';

const ENDS_IN_THAT_STEP =
  'The connection ends in the same step, and whoever waits for the ACK of the FIN is told by the orderly end as well. The arrow ' +
  'says it because the ACK of our FIN is what CLOSE waits for, in this state as in the others.';

const synchronized = (state: string): string =>
  `tcp.open.connection.synchronized initial: start elsewhere to ${state}`;

export const SURVIVORS: Readonly<Record<string, string>> = {
  'tcp.open.connection.SYN-RECEIVED.close queued on rcv.ACK-of-SYN: redirect to FIN-WAIT-1': CLOSE_IS_RAISED,
  [synchronized('FIN-WAIT-1')]: NEVER_BY_DEFAULT,
  [synchronized('FIN-WAIT-2')]: NEVER_BY_DEFAULT,
  [synchronized('CLOSE-WAIT')]: NEVER_BY_DEFAULT,
  [synchronized('CLOSING')]: NEVER_BY_DEFAULT,
  [synchronized('LAST-ACK')]: NEVER_BY_DEFAULT,
  [synchronized('TIME-WAIT')]: NEVER_BY_DEFAULT,
  'tcp.open.connection.synchronized.LAST-ACK on rcv.ACK-of-FIN: drop tellFinAcknowledged': ENDS_IN_THAT_STEP,
};
