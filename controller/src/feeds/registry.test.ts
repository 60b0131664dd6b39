import { expect, it } from 'vitest';
import { feedFormats } from './registry.ts';

it('every format is found under its own name', () => {
  for (const [name, format] of Object.entries(feedFormats)) expect(format.name).toBe(name);
});
