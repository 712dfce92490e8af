/** The core of statewire: a TCP/IP stack whose connections are statecharts. It runs in Node and in a browser. */

export type { Clock, TimerId } from './clock.ts';
export { type ErrorCode, type ErrorPlace, StackError } from './errors.ts';
export type { Device, Frame } from './net/device.ts';
export { type LinkOptions, loopback, type PairOptions, pair } from './net/pair.ts';
export { type TimerClock, type TimerHost, timerClock } from './net/timer-clock.ts';
export type { Random } from './random.ts';
export type {
  BufferRange,
  BufferSize,
  CloseReason,
  Connection,
  ConnectionInfo,
  ConnectionMemory,
  ConnectionOptions,
  ConnectOptions,
  FrameEvent,
  Listener,
  ListenOptions,
  Stack,
  StackOptions,
  State,
  WriteOptions,
} from './stack/api.ts';
export type { StackInternals } from './stack/internals.ts';
export { createStack } from './stack/stack.ts';
export type {
  Acknowledged,
  CongestionWindow,
  Controller,
  Delivered,
  Lost,
  Sending,
} from './tcp/congestion/controller.ts';
export { bytesInSlowStart, initialWindow, isWindowLimited } from './tcp/congestion/controller.ts';
export { controllerNames } from './tcp/congestion/controllers.ts';
