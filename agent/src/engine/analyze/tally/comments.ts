/** What our own forensic captures say at a frame: how many packets each one stands for from there on. */
const pattern = /^from here on (?:every packet|1 in (\d{1,10}) packets)/;
const rateMax = 2 ** 31;

/** Null where a comment is about something else. */
export function rateOfComment(text: string): number | null {
  const found = pattern.exec(text);
  if (found === null) return null;
  const rate = Number(found[1] ?? '1');
  return rate >= 1 && rate <= rateMax ? rate : null;
}
