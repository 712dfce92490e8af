/** `npm start [-- WORDS]`: `statewire demo WORDS`, and where to go from there. */

// With options, what is printed may be for a program.
const isPlain = !process.argv.slice(2).some((word) => word.startsWith('-'));
process.argv.splice(2, 0, 'demo');
process.once('exit', (code) => {
  if (isPlain && code === 0) {
    process.stdout.write('\nTo let two such hosts talk, and to break them, in a browser: npm run sandbox\n');
  }
});
await import('../dist/src/cli/main.js');
