/**
 * The interface chart: whether frames go in and out of the stack. It is the root of the actor system.
 */

import { setup } from 'xstate';

export const interfaceMachine = setup({
  types: {
    events: {} as
      | { readonly type: 'pause' | 'resume' | 'device.gone' | 'close' }
      | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string },
  },
  actions: {
    /** The device is gone: connections are told, and end. */
    tellDown: () => {},
    /** A programmer's error in a connection that was opened actively, or in a listener. */
    tellCrashed: () => {},
  },
}).createMachine({
  id: 'interface',
  description: 'The device under the stack',
  initial: 'up',
  on: { 'xstate.error.actor.*': { actions: 'tellCrashed', description: 'one crashed; the others go on' } },
  states: {
    up: {
      description: 'frames are read and written',
      on: {
        pause: { target: 'paused', description: 'frames that arrive wait' },
        'device.gone': { target: 'down', description: 'the device was removed', actions: 'tellDown' },
        close: { target: 'down', description: 'the stack is closed' },
      },
    },
    paused: {
      description: 'frames that arrive wait in order',
      on: {
        resume: { target: 'up', description: 'what waited is taken in first' },
        'device.gone': { target: 'down', description: 'the device was removed', actions: 'tellDown' },
        close: { target: 'down', description: 'the stack is closed' },
      },
    },
    down: { description: 'nothing goes in or out any more', type: 'final' },
  },
});
