import { render } from 'solid-js/web';
import { App } from './app/App.tsx';
import { openFile } from './app/files.ts';
import { drawn } from './app/pictures.ts';
import { changed, session } from './app/state.ts';
import './styles/theme.css';
import './styles/base.css';
import './styles/layout.css';
import 'uplot/dist/uPlot.min.css';

// For the console, and for tests: what is watched, everything that is known of it, and the way to show what was changed in it.
Object.defineProperty(globalThis, 'statewire', {
  get: () => ({ session: session(), open: openFile, changed, drawn }),
});

const root = document.getElementById('app');
if (root) render(() => <App />, root);
