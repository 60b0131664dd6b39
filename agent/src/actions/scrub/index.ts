export { ScrubbingBackend, type ScrubbingOptions } from './backend.ts';
