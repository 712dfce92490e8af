/** Charts by chance, of all that a chart here may use: nested and parallel states, wildcards, guards, timers, what is raised. */

import fc from 'fast-check';
import { type AnyStateMachine, and, assign, cancel, createMachine, not, or, raise } from 'xstate';

interface Shape {
  readonly kind: 'atomic' | 'compound' | 'parallel';
  readonly inner: readonly Shape[];
  readonly arrows: readonly ArrowShape[];
  readonly always: readonly ArrowShape[];
  readonly after: ArrowShape | null;
  readonly entry: readonly number[];
  readonly exit: readonly number[];
}

interface ArrowShape {
  readonly event: string;
  /** Of all states, by number; none for an arrow that stays. */
  readonly targets: readonly number[];
  readonly reenter: boolean;
  readonly guard: number;
  readonly actions: readonly number[];
}

const GUARDS: readonly unknown[] = [
  undefined,
  undefined,
  not('h'),
  or(['g', not('h')]),
  // From here on they hold only when they are asked to: what is `always` to be taken would otherwise be taken for ever.
  'g',
  'h',
  { type: 'g', params: { a: 1 } },
  and(['g', 'h']),
];
const CALM_GUARDS = 4;

const ACTIONS: readonly unknown[] = [
  'told',
  { type: 'told', params: { at: 1 } },
  { type: 'told', params: ({ event, context }: Args) => ({ by: event.by, count: context.count }) },
  'counted',
  { type: 'added', params: ({ event }: Args) => ({ by: event.by }) },
  assign({
    count: ({ context }: { context: { count: number } }) => context.count * 2,
    last: 'inline',
  } as never),
  function inline() {},
  cancel('timer'),
  'unknown',
  // Last: only outside of what is raised, since it would otherwise be raised without end.
  raise({ type: 'raised' }),
  raise({ type: 'later' }, { id: 'timer', delay: 'wait' as never }),
  'raises',
];
const WITHOUT_RAISE = ACTIONS.length - 3;

interface Args {
  readonly event: { readonly by: number };
  readonly context: { readonly count: number };
}

const actions = fc.array(fc.nat(ACTIONS.length - 1), { maxLength: 2 });
const calm = fc.array(fc.nat(WITHOUT_RAISE - 1), { maxLength: 2 });

const arrow = (events: readonly string[], did = actions): fc.Arbitrary<ArrowShape> =>
  fc.record({
    event: fc.constantFrom(...events),
    targets: fc.array(fc.nat(30), { maxLength: 2 }),
    reenter: fc.boolean(),
    guard: fc.nat(GUARDS.length - 1),
    actions: did,
  });

function shape(depth: number): fc.Arbitrary<Shape> {
  const kind =
    depth === 0
      ? fc.constant('atomic' as const)
      : fc.constantFrom('atomic', 'compound', 'compound', 'parallel');
  return kind.chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      inner: kind === 'atomic' ? fc.constant([]) : fc.array(shape(depth - 1), { minLength: 1, maxLength: 3 }),
      arrows: fc
        .tuple(
          fc.array(arrow(['a', 'b', 'a.b', 'a.*']), { maxLength: 3 }),
          fc.array(arrow(['raised', '*'], calm), { maxLength: 1 }),
        )
        .map((lists) => lists.flat()),
      always: fc.array(arrow([''], calm), { maxLength: 1 }),
      after: fc.option(arrow(['']), { freq: 3 }),
      entry: calm,
      exit: calm,
    }),
  );
}

export function anyChart(): fc.Arbitrary<AnyStateMachine> {
  return fc
    .record({ root: shape(2), isParallel: fc.boolean() })
    .map(({ root, isParallel }) => chartOf(root, isParallel));
}

/** A state's place: the numbers of its ancestors' places among their siblings. */
type Path = readonly number[];

function chartOf(root: Shape, isParallel: boolean): AnyStateMachine {
  const paths: Path[] = [];
  const kinds = new Map<string, string>();
  const list = (of: Shape, path: Path): void => {
    paths.push(path);
    kinds.set(path.join('-'), of.kind);
    for (const [index, inner] of of.inner.entries()) list(inner, [...path, index]);
  };
  const top: Shape = { ...root, kind: isParallel ? 'parallel' : 'compound' };
  list({ ...top, kind: 'compound' }, []);
  kinds.set('', top.kind);
  const id = (path: Path): string => `s${path.join('-')}`;

  /** Two targets are for two regions. */
  const targetsOf = ({ targets }: ArrowShape): string[] => {
    const [first, second] = targets.map((number) => paths[number % paths.length]!);
    if (!first) return [];
    if (!second) return [`#${id(first)}`];
    let shared = 0;
    while (first[shared] !== undefined && first[shared] === second[shared]) shared++;
    const apart = shared < first.length && shared < second.length;
    const inRegions = apart && kinds.get(first.slice(0, shared).join('-')) === 'parallel';
    return inRegions ? [`#${id(first)}`, `#${id(second)}`] : [`#${id(first)}`];
  };
  const arrowOf = (of: ArrowShape, guard = GUARDS[of.guard]) => {
    const targets = targetsOf(of);
    return {
      ...(targets.length > 0 ? { target: targets } : {}),
      ...(of.reenter ? { reenter: true } : {}),
      ...(guard === undefined ? {} : { guard }),
      actions: of.actions.map((number) => ACTIONS[number]),
    };
  };
  const stateOf = (of: Shape, path: Path): object => {
    const on: Record<string, object[]> = {};
    for (const each of of.arrows) on[each.event] = [...(on[each.event] ?? []), arrowOf(each)];
    const states = Object.fromEntries(
      of.inner.map((inner, index) => [`k${index}`, stateOf(inner, [...path, index])]),
    );
    const isTop = path.length === 0;
    return {
      id: id(path),
      tags: [`tag ${path.length}`],
      meta: { path },
      entry: [...of.entry.map((number) => ACTIONS[number]), { type: 'told', params: { entered: id(path) } }],
      exit: [{ type: 'told', params: { left: id(path) } }, ...of.exit.map((number) => ACTIONS[number])],
      on,
      always: of.always.map((each) => arrowOf(each, GUARDS[CALM_GUARDS + (each.guard % CALM_GUARDS)])),
      ...(of.after ? { after: { wait: arrowOf(of.after), 20: arrowOf(of.after) } } : {}),
      ...(of.inner.length === 0
        ? {}
        : of.kind === 'parallel'
          ? { type: 'parallel', states }
          : isTop
            ? {
                initial: 'k0',
                states: { ...states, end: { id: 'end', type: 'final', entry: 'told', exit: 'told' } },
              }
            : { initial: 'k0', states }),
    };
  };
  const config = stateOf(top, []) as { on: Record<string, unknown>; states?: object };
  if (top.kind === 'compound' && config.states) config.on.finish = { target: '#end', actions: 'counted' };
  return createMachine(
    {
      ...config,
      context: { count: 1 },
      output: ({ context }: Args) => ({ count: context.count }),
    } as never,
    {
      guards: { g: () => false, h: () => false },
      delays: { wait: ({ context }: Args) => 10 * context.count },
      actions: {
        told: () => {},
        counted: assign({ count: ({ context }: Args) => context.count + 1 } as never),
        added: assign((({ context }: Args, { by }: { by: number }) => ({
          count: context.count + by,
        })) as never),
        raises: raise({ type: 'raised' }),
      },
    } as never,
  );
}
