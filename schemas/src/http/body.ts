import type { WireShapeName, WireShapes } from '../shapes/registry.ts';
import { expectShape } from '../validate/expect-shape.ts';

/** The body of a request with its shape checked; else an error TG3007 that names the place. */
export const checkedBody = <Name extends WireShapeName>(shape: Name, body: unknown): WireShapes[Name] =>
  expectShape(shape, body, 'TG3007', `the body is no ${shape}`);
