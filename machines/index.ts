export { withManyChildren } from './child-ends.ts';
export { compiled } from './compiled/compile.ts';
export {
  INTERPRETERS,
  type Interpreter,
  interpreted,
  setDefaultInterpreter,
} from './compiled/interpreter.ts';
export { arrows, arrowsOf, stateOf } from './connection/arrows.ts';
export { connectionMachine } from './connection/connection.ts';
export type { ConnectionEvent, LabelEvent, TimerEvent } from './connection/events.ts';
export {
  type ConnectionEnvironment,
  type ConnectionLogic,
  type ConnectionSnapshot,
  connectionLogic,
  type Protocol,
  type StepReport,
} from './connection/logic.ts';
export type { ConnectionContext, ConnectionOutput, Ending } from './connection/setup.ts';
export { interfaceMachine } from './interface.ts';
export {
  type Arrival,
  type ListenerContext,
  type ListenerEvent,
  listenerMachine,
  listeningOf,
} from './listener.ts';
