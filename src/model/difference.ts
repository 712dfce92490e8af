/** What is known of where targets disagree with the chart or the table. */

/** A disagreement that is known: why the target does otherwise. */
export interface Difference {
  /** Where the word stood, as situations are written, and the symbol; undefined: any. */
  readonly at?: RegExp;
  readonly symbol?: string;
  /** What the sentences say. */
  readonly says: RegExp;
  /** A kernel's own way, or one that the RFC leaves open. */
  readonly kind: 'quirk' | 'choice';
  readonly reason: string;
}
