/** Arrows' events in the words of figure 5. */

const WORDS: Readonly<Record<string, string>> = {
  listen: 'passive OPEN',
  open: 'active OPEN',
  close: 'CLOSE',
  abort: 'ABORT',
  'rcv.SYN': 'rcv SYN',
  'rcv.SYN-ACK': 'rcv SYN,ACK',
  'rcv.ACK-of-SYN': 'rcv ACK of SYN',
  'rcv.ACK-of-FIN': 'rcv ACK of FIN',
  'rcv.FIN': 'rcv FIN',
  'rcv.RST': 'rcv RST',
  'rcv.RST-of-old-duplicate': 'rcv RST (old)',
  'rcv.text-nobody-reads': 'rcv text, nobody reads',
  'icmp.hard-error': 'ICMP hard error',
  'timeout.user': 'user timeout',
  'reader.gone': 'nobody reads',
  'after twoMsl': '2 MSL over',
  'after finWait2': 'FIN-WAIT-2 timeout',
};

export function eventWords(event: string): string {
  return WORDS[event] ?? event;
}
