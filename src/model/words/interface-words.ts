/** Words of the interface chart: the device under the stack comes and goes, and frames arrive all the while. */

import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { interfaceMachine } from '../../../machines/index.ts';
import type { WordModel } from './paths.ts';

export const INTERFACE_ALPHABET = {
  SYN: 'a SYN comes from a peer that was not heard of before',
  pause: 'the stack is paused',
  resume: 'the stack is resumed',
  'crash of an opened one': 'a programmer’s error in a connection that was opened actively',
  'device gone': 'the device is taken away',
  close: 'the stack is closed',
} as const;

export type InterfaceSymbol = keyof typeof INTERFACE_ALPHABET;
export const INTERFACE_SYMBOLS = Object.keys(INTERFACE_ALPHABET) as InterfaceSymbol[];

export interface InterfacePlace {
  readonly chart: SnapshotFrom<typeof interfaceMachine>;
  /** Frames that have arrived while paused: none, or some. */
  readonly held: boolean;
}

export const interfaceModel: WordModel<InterfacePlace, InterfaceSymbol> = {
  start: { chart: initialTransition(interfaceMachine)[0], held: false },
  symbols: INTERFACE_SYMBOLS,
  follow(place, symbol) {
    const { chart, held } = place;
    const after = (type: string): InterfacePlace => ({
      chart: transition(interfaceMachine, chart, { type } as never)[0],
      held: type === 'pause' ? held : false,
    });
    if (chart.status !== 'active') return symbol === 'SYN' ? place : undefined;
    switch (symbol) {
      case 'SYN':
        return { chart, held: held || chart.value === 'paused' };
      case 'pause':
        return chart.value === 'up' ? after('pause') : undefined;
      case 'resume':
        return chart.value === 'paused' ? after('resume') : undefined;
      case 'crash of an opened one':
        return chart.value === 'up' ? after('xstate.error.actor.opened') : undefined;
      case 'device gone':
        return after('device.gone');
      case 'close':
        return after('close');
    }
  },
  serialize: ({ chart, held }) => `${String(chart.value)}${held ? ' (frames wait)' : ''}`,
};
