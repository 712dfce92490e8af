import { inheritInterpreter } from '../../src/node/interpreter.ts';

inheritInterpreter();
