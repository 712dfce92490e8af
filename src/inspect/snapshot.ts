/** What is, at the moment of attaching: connections, listeners and actors as viewers get them. */

import type { ConnectionSnapshot } from '../../machines/index.ts';
import type { StackConnection } from '../stack/connection.ts';
import type { StackListener } from '../stack/listener.ts';
import type { TcpStack } from '../stack/stack.ts';
import { plain } from './call-view.ts';
import type { Names } from './names.ts';
import type { ActorView, ChartValue, ConnectionView, HostView, ListenerView } from './protocol.ts';
import { type Since, viewTcb } from './tcb-view.ts';

export function viewConnection(
  host: string,
  of: {
    readonly name: string;
    readonly connection: StackConnection;
    readonly snapshot: ConnectionSnapshot;
    readonly since: Since;
    readonly openedMs: number | undefined;
  },
): ConnectionView {
  const { name, connection, snapshot, since, openedMs } = of;
  return {
    connection: name,
    host,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    origin: snapshot.context.tcb.origin,
    openedMs: openedMs ?? null,
    tcb: viewTcb(snapshot, since),
  };
}

export function viewListener(host: string, listener: StackListener, names: Names): ListenerView {
  const { value, context } = listener.actor.getSnapshot();
  return {
    host,
    listener: names.of(listener.actor),
    address: listener.address ?? null,
    port: listener.port,
    state: value as ListenerView['state'],
    halfOpen: context.halfOpen.size,
    halfOpenBacklog: context.halfOpenBacklog,
    acceptQueue: context.acceptQueue.length,
    backlog: context.backlog,
  };
}

/** The interface, the listeners and the connections of a stack, parents before children. */
export function viewActors(host: string, stack: TcpStack, names: Names): ActorView[] {
  const root = names.of(stack.root);
  const { status, value } = stack.root.getSnapshot();
  const views: ActorView[] = [
    { host, actor: root, chart: 'interface', parent: null, status, value: value as ChartValue },
  ];
  for (const { actor } of stack.listeners) {
    const snapshot = actor.getSnapshot();
    views.push({
      host,
      actor: names.of(actor),
      chart: 'listener',
      parent: root,
      status: snapshot.status,
      value: snapshot.value as ChartValue,
    });
  }
  for (const { actor } of stack.table) {
    const snapshot = actor.getSnapshot();
    const parent = actor._parent;
    views.push({
      host,
      actor: names.of(actor),
      chart: 'tcp',
      parent: parent ? names.of(parent) : root,
      status: snapshot.status,
      value: snapshot.value as ChartValue,
    });
  }
  return views;
}

export function viewHost(name: string, stack: TcpStack): HostView {
  const { device, addresses } = stack;
  const options = plain(stack.options) as HostView['options'];
  return { name, addresses, device: { name: device.name, mtu: device.mtu }, options };
}
