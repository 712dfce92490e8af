/** The door for Node: TUN devices, and the stack's connections in the shape of `node:net`. */

export { type Capture, type CaptureOptions, startCapture } from './capture.ts';
export { type Cidr, parseCidr } from './cidr.ts';
export { createStack, type NodeStackOptions } from './create-stack.ts';
export { cryptoRandom } from './crypto-random.ts';
export { type Check, diagnose } from './doctor.ts';
export { type LinuxDrillOptions, runScriptOnLinux } from './drill/play-on-linux.ts';
export { hostClock } from './host-clock.ts';
export { httpAgent, httpsAgent, listenHttp } from './http.ts';
export {
  INSPECTOR_PORT,
  type InspectorServer,
  type InspectorServerOptions,
  serveInspector,
} from './inspector-server.ts';
export { joinDevices, type Link, type LinkOptions, type WayStats } from './link.ts';
export {
  type ConnectingOptions,
  type CreateServerOptions,
  connect,
  createServer,
  type Net,
  netOf,
} from './net-of.ts';
export { type RecordFile, recordFromFile, recordToFile } from './record-file.ts';
export { type DropArgument, Server } from './server.ts';
export { Socket } from './socket.ts';
export type { SocketInfo } from './socket-ends.ts';
export type {
  AdoptOptions,
  Lookup,
  ServerListenOptions,
  ServerOptions,
  SocketConnectOptions,
  SocketOptions,
  StackSocketOptions,
} from './socket-options.ts';
export { type OpenTunOptions, openTun, TunDevice, type TunDrop, type TunStats } from './tun.ts';
