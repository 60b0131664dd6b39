import { errorCatalogue, type CatalogueEntry, type ErrorCode } from './catalogue.ts';

/** The one error class: a code of the catalogue, and a message that names the place and what was found there. */
export class TidegateError extends Error {
  override readonly name = 'TidegateError';
  readonly code: ErrorCode;

  /**
   * @param message What went wrong here, with the place and the value; the catalogue adds what to do.
   */
  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  /** Title, next step and fix from the catalogue. */
  get entry(): CatalogueEntry {
    return errorCatalogue[this.code];
  }
}
