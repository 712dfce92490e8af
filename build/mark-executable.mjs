// tsc writes files without the executable bit, which a bin entry of a clone (not installed by npm) needs.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/src/cli/main.js', import.meta.url), 0o755);
