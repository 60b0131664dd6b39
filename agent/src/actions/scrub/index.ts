export { ScrubbingBackend } from './backend.ts';
