/** From a file to its report: reading, analysing, printing. */
import { writeFile } from 'node:fs/promises';
import { CaptureAnalysis } from '@tidegate/agent/engine/analyze';
import { TidegateError, parseAddress, parseCidr, type Analysis } from '@tidegate/schemas';
import { reasonOf } from '../../ports.ts';
import type { Io } from '../io.ts';
import { progress } from '../progress.ts';
import { analysisPage } from './page/index.ts';
import { readCapture } from './read-capture.ts';
import { analysisText } from './text.ts';

export const reportFormats = {
  text: analysisText,
  json: (analysis: Analysis): string => `${JSON.stringify(analysis)}\n`,
  html: analysisPage,
} as const;

/**
 * What attack is in the file. One that cannot be read is an error TG5003, one of another format TG5006, and a target of
 * another form TG1007.
 *
 * @param file `-` for standard input.
 */
export async function analyzeFile(io: Io, file: string, target: string | undefined): Promise<Analysis> {
  const analysis = new CaptureAnalysis(target === undefined ? {} : { target: canonical(target) });
  const show = progress(io, 'frames read');
  try {
    const { cut } = await readCapture(file, (chunk) => {
      analysis.push(chunk);
      show.update(analysis.frames);
    });
    return analysis.end(cut);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'TG5006') throw error;
    throw new TidegateError('TG5006', `${file}: ${error.message}`, { cause: error });
  } finally {
    show.end();
  }
}

const canonical = (target: string): string =>
  target.includes('/') ? parseCidr(target).text : parseAddress(target).text;

/** Prints a report, or writes it to a file; one that cannot be written is an error TG5007. */
export async function putReport(io: Io, text: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    io.out(text);
    return;
  }
  try {
    await writeFile(output, text);
  } catch (cause) {
    throw new TidegateError('TG5007', `${output} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}
