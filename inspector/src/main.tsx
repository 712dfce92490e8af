import { render } from 'solid-js/web';
import { App } from './app/App.tsx';
import './styles/theme.css';
import './styles/base.css';
import './styles/layout.css';
import 'uplot/dist/uPlot.min.css';

const root = document.getElementById('app');
if (root) render(() => <App />, root);
