/** A value in a message: as JSON, short, and never more than one line, whatever a stranger wrote. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
