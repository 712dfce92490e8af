/**
 * Shell commands of scripts: no shell runs here. Their sysctls and sleeps are read; what they ask of the system around
 * (routes, queues, statistics) means nothing to a target that has the script for its whole network.
 */

import { EvaluationError, evaluate } from './expression.ts';

export interface Setting {
  /** With dots: `net.ipv4.tcp_sack`. */
  readonly name: string;
  readonly value: string;
}

export interface ShellCommand {
  readonly settings: readonly Setting[];
  readonly sleepMs: number;
  /** What was left out, in words. */
  readonly ignored: readonly string[];
}

const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'true',
  ':',
  'tc',
  'ip',
  'nstat',
  'sockstat',
  'echo',
  'route',
  'ifconfig',
  'ethtool',
]);

/** Scripts of the suites. `set_sysctls.py` is told what to set, the others are known. */
const SETS_SYSCTLS = /(^|\/)(set_sysctls\.py|sysctl_restore_.*)$/;
const SETS_DEFAULTS = /(^|\/)defaults\.sh$/;

/** What scripts for Linux are written for: `defaults.sh`, which nearly all of them run first, sets this (among what nobody sees). */
const SUITE_DEFAULTS: readonly Setting[] = [
  { name: 'net.ipv4.tcp_rmem', value: '4096 540000 15728640' },
  { name: 'net.ipv4.tcp_wmem', value: '4096 262144 4194304' },
  { name: 'net.ipv4.tcp_timestamps', value: '1' },
  { name: 'net.ipv4.tcp_sack', value: '1' },
  { name: 'net.ipv4.tcp_ecn', value: '0' },
  { name: 'net.ipv4.tcp_congestion_control', value: 'cubic' },
  { name: 'net.ipv4.tcp_slow_start_after_idle', value: '0' },
];

export function readCommand(text: string): ShellCommand {
  const settings: Setting[] = [];
  let sleepMs = 0;
  const ignored: string[] = [];
  for (const line of withSums(text.replaceAll('\\\n', ' ')).split(/\n|;|&&|\|\|/)) {
    const echoed = echoOf(line);
    const words = wordsOf(line);
    const [program] = words;
    if (echoed) settings.push(echoed);
    else if (program === 'sleep') sleepMs += Number(words[1]) * 1_000;
    else if (SETS_DEFAULTS.test(program ?? '')) settings.push(...SUITE_DEFAULTS);
    else if (program === 'sysctl' || program === '/sbin/sysctl' || SETS_SYSCTLS.test(program ?? '')) {
      for (const word of words.slice(1)) {
        const equals = word.indexOf('=');
        if (equals > 0) settings.push({ name: nameOf(word.slice(0, equals)), value: word.slice(equals + 1) });
      }
    } else if (program !== undefined && !WITHOUT_EFFECT.has(program)) ignored.push(line.trim());
  }
  return { settings, sleepMs, ignored };
}

/** `$((15*1024*1024))` as its value. */
function withSums(text: string): string {
  return text.replace(/\$\(\(([-+*/%()\s\d]+)\)\)/g, (whole, sum: string) => {
    try {
      return String(Math.trunc(Number(evaluate(sum, () => undefined))));
    } catch (error) {
      if (error instanceof EvaluationError) return whole;
      throw error;
    }
  });
}

/** `echo 1 > /proc/sys/net/ipv4/tcp_sack`. */
function echoOf(line: string): Setting | undefined {
  const [, value, path] = /^\s*echo\s+(?:-n\s+)?(.+?)\s*>\s*(\/proc\/sys\/\S+)\s*$/.exec(line) ?? [];
  return path === undefined ? undefined : { name: nameOf(path), value: value!.replace(/["']/g, '') };
}

/** `/proc/sys/net/ipv4/tcp_sack` and `net/ipv4/tcp_sack` as well. */
function nameOf(name: string): string {
  return name.replace(/^\/proc\/sys\//, '').replaceAll('/', '.');
}

/** Words of a command line: quotes kept together, redirections left out. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, single, plain] of `${line} `.matchAll(
    /((?:[^\s"']*"[^"]*")+[^\s"']*)|((?:[^\s"']*'[^']*')+[^\s"']*)|(\S+)/g,
  )) {
    words.push((quoted ?? single ?? plain!).replace(/["']/g, ''));
  }
  return words.filter((word) => !/^\d?>|^2>&1$|^\/dev\/null$/.test(word));
}
